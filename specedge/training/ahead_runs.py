"""What a drafting head is trained and judged on: runs of choices, each after one hidden state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from specedge.models.ahead import AheadHead
from specedge.models.loading import LoadedModel
from specedge.training.packing import IGNORED

LONGEST_DRAFT = 12
"""Choices that are learnt from one hidden state; few commands have more after their name."""


@dataclass(frozen=True)
class AheadQuality:
    """How a head agrees with its target on what is held out.

    Attributes:
        agreement: Share of its choices that are the target's, by how far ahead they are, given that
            those before were right.
        length: Mean number of choices from a state before the first that is wrong.
        temperature: What its logits are divided by for its confidence.
    """

    agreement: tuple[float, ...]
    length: float
    temperature: float


@dataclass(frozen=True)
class AheadRuns:
    """Places of answers where drafting may begin.

    Attributes:
        hidden: [N, hidden] inputs of the LM head that chose the first choice.
        choices: [N, LONGEST_DRAFT] choices from there on, as the text has them.
        wanted: [N, LONGEST_DRAFT] what the target chooses after each; IGNORED past the end.
    """

    hidden: Tensor
    choices: Tensor
    wanted: Tensor

    @classmethod
    def along(cls, hidden: Tensor, choices: Tensor, said: Tensor) -> AheadRuns:
        """Returns the runs of one answer, from each of its choices but the last.

        Args:
            hidden: [choices, hidden] inputs of the LM head that made each.
            choices: [choices], as the text has them.
            said: [choices], what the target chooses in their places.
        """
        count = max(0, len(choices) - 1)
        return cls(hidden[:count], _runs(choices, 0)[:count], _runs(said[1:], IGNORED)[:count])

    @classmethod
    def joined(cls, parts: Sequence[AheadRuns]) -> AheadRuns:
        """Returns the runs of all parts, of which there is at least one."""
        return cls(
            torch.cat([part.hidden for part in parts]),
            torch.cat([part.choices for part in parts]),
            torch.cat([part.wanted for part in parts]),
        )

    @property
    def asked(self) -> Tensor:
        """[N, LONGEST_DRAFT] bool, where something is wanted."""
        return self.wanted != IGNORED


def unroll(target: LoadedModel, head: AheadHead, runs: AheadRuns) -> Tensor:
    """Returns [N, LONGEST_DRAFT, width] states of a head, each after the text's own choices."""
    embedded = target.network.get_input_embeddings()(runs.choices).to(runs.hidden.dtype)
    state, states = head.start(runs.hidden), []
    for index in range(LONGEST_DRAFT):
        state = head.step(state, embedded[:, index])
        states.append(state)
    return torch.stack(states, 1)


def quality(right: Tensor, asked: Tensor, temperature: float) -> AheadQuality:
    """Returns how well a head drafts.

    Args:
        right: [N, LONGEST_DRAFT] bool, where its choice is the target's.
        asked: [N, LONGEST_DRAFT] bool, where something was wanted.
        temperature: The head's.
    """
    standing = (right & asked).cumprod(1).bool()
    before = torch.cat((torch.ones_like(standing[:, :1]), standing[:, :-1]), 1) & asked
    agreement = (standing & before).sum(0) / before.sum(0).clamp(min=1)
    length = float(standing.sum(1).float().mean())
    return AheadQuality(tuple(agreement.tolist()), length, temperature)


def _runs(tokens: Tensor, past_the_end: int) -> Tensor:
    """From each token on, and from the end, the next LONGEST_DRAFT: [tokens + 1, LONGEST_DRAFT]."""
    padded = functional.pad(tokens, (0, LONGEST_DRAFT), value=past_the_end)
    return padded.unfold(0, LONGEST_DRAFT, 1)
