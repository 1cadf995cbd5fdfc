"""Training the recurrent drafting head on a frozen target: it learns the target's own choices."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from specedge.commands import grammar
from specedge.decoding.grammar import CommandGrammar, GrammarError
from specedge.models import nano
from specedge.models.ahead import AheadHead
from specedge.models.loading import LoadedModel
from specedge.training.dataset import Batch, Frames
from specedge.training.forward import FramesForward
from specedge.training.packing import IGNORED, Packer
from specedge.training.questions import Asker

LONGEST_DRAFT = 12
"""Choices that are learnt from one hidden state; few commands have more after their name."""
_BATCH, _QUESTIONS = 16, 8
_RUNS, _RATE = 512, 3e-3


@dataclass(frozen=True)
class AheadQuality:
    """How the head agrees with the target on held-out frames.

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
class _Runs:
    """Places of answers where drafting may begin.

    Attributes:
        hidden: [N, hidden] inputs of the LM head that chose the first choice.
        choices: [N, LONGEST_DRAFT] choices from there on, as the text has them.
        wanted: [N, LONGEST_DRAFT] what the target chooses after each; IGNORED past the end.
    """

    hidden: Tensor
    choices: Tensor
    wanted: Tensor


class _RunMaker:
    def __init__(self, target: LoadedModel) -> None:
        self._target = target
        self._forward = FramesForward(target.network)
        self._grammar = CommandGrammar(target.tokenizer, grammar())
        self._chosen: dict[tuple[int, ...], list[int]] = {}

    @torch.no_grad()
    def make(self, batch: Batch) -> _Runs:
        packed = batch.packed
        visual = self._forward.visual_tokens(batch.frames)
        states = self._forward.layer_states(visual, packed.tokens, packed.positions, packed.mask)
        asked = packed.labels != IGNORED
        hidden = self._target.final_norm(states[-1][asked])
        said = self._target.lm_head(hidden).argmax(-1)
        labels = packed.labels[asked]
        first, choices, wanted = [], [], []
        for start, end in _answers(asked):
            places = [start + index for index in self._choices(tuple(labels[start:end].tolist()))]
            for index in range(len(places) - 1):
                run = places[index : index + LONGEST_DRAFT]
                after = places[index + 1 : index + 1 + LONGEST_DRAFT]
                first.append(places[index])
                choices.append(_padded(labels[run], 0))
                wanted.append(_padded(said[after], IGNORED))
        return _Runs(hidden[first], torch.stack(choices), torch.stack(wanted))

    def _choices(self, answer: tuple[int, ...]) -> list[int]:
        """Indices of an answer's tokens that are chosen, not forced."""
        if answer not in self._chosen:
            state, places = self._grammar.start(), list[int]()
            try:
                while not state.complete and state.position < len(answer):
                    places.append(state.position)
                    state.choose(answer[state.position])
            except GrammarError:
                places = []  # a compact answer is no command
            self._chosen[answer] = places
        return self._chosen[answer]


def train_ahead(
    target: LoadedModel, head: AheadHead, frames: Frames, *, minutes: float, seed: int = 0
) -> None:
    """Trains the head in place; the target is read, not changed.

    Half of the time the target reads frames, which is the dear part; then the head learns from what
    it has said, over and over.
    """
    maker = _RunMaker(target)
    batches = frames.batches(Asker(seed), Packer(nano.make_tokenizer()), _BATCH, _QUESTIONS, seed)
    begun = time.monotonic()
    gathered: list[_Runs] = []
    while time.monotonic() - begun < 30 * minutes or not gathered:
        gathered.append(maker.make(next(batches)))
    runs = _Runs(
        *(
            torch.cat(parts)
            for parts in zip(*((r.hidden, r.choices, r.wanted) for r in gathered), strict=True)
        )
    )
    head.train().requires_grad_(True)
    optimiser = torch.optim.AdamW(head.parameters(), lr=_RATE, weight_decay=0.03)
    random = torch.Generator().manual_seed(seed)
    begun = time.monotonic()
    while (spent := (time.monotonic() - begun) / (30 * minutes)) < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1.0 - spent) + 1e-5
        picks = torch.randint(len(runs.hidden), (_RUNS,), generator=random)
        part = _Runs(runs.hidden[picks], runs.choices[picks], runs.wanted[picks])
        logits = _unroll(target, head, part)
        loss = functional.cross_entropy(logits.flatten(0, 1), part.wanted.flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    head.eval().requires_grad_(False)


@torch.no_grad()
def measure_ahead(target: LoadedModel, head: AheadHead, frames: Frames) -> AheadQuality:
    """Calibrates the head on the first half of held-out frames, measures on the second."""
    maker, packer = _RunMaker(target), Packer(nano.make_tokenizer())
    asker = Asker(2, held_out=True)
    halves: list[list[tuple[Tensor, Tensor]]] = [[], []]
    for start in range(0, len(frames) - _BATCH + 1, _BATCH):
        picks = np.arange(start, start + _BATCH)
        runs = maker.make(frames.batch(picks, asker, packer, _QUESTIONS))
        halves[start >= len(frames) // 2].append((_unroll(target, head, runs), runs.wanted))
    first, second = ([torch.cat(parts) for parts in zip(*half, strict=True)] for half in halves)
    grid = [0.5 * 1.05**step for step in range(40)]
    losses = [
        float(functional.cross_entropy(first[0].flatten(0, 1) / value, first[1].flatten()))
        for value in grid
    ]
    head.temperature = grid[int(np.argmin(losses))]
    asked = second[1] != IGNORED
    right = (second[0].argmax(-1) == second[1]) & asked
    standing = right.cumprod(1).bool()
    before = torch.cat((torch.ones_like(standing[:, :1]), standing[:, :-1]), 1) & asked
    agreement = (right & before).sum(0) / before.sum(0).clamp(min=1)
    length = float(standing.sum(1).float().mean())
    return AheadQuality(tuple(agreement.tolist()), length, head.temperature)


def _unroll(target: LoadedModel, head: AheadHead, runs: _Runs) -> Tensor:
    """Returns [N, LONGEST_DRAFT, vocabulary] logits, each after the text's own choices."""
    embedded = target.network.get_input_embeddings()(runs.choices)
    state, logits = head.start(runs.hidden), []
    for index in range(LONGEST_DRAFT):
        state = head.step(state, embedded[:, index])
        logits.append(head.logits(state, target))
    return torch.stack(logits, 1)


def _answers(asked: Tensor) -> list[tuple[int, int]]:
    """Spans of the answers among the asked places of a [B, L] batch, row by row."""
    spans, count = [], 0
    for row in asked:
        edges = torch.diff(row.int(), prepend=torch.zeros(1), append=torch.zeros(1))
        starts, ends = torch.nonzero(edges == 1)[:, 0], torch.nonzero(edges == -1)[:, 0]
        for size in (ends - starts).tolist():
            spans.append((count, count + size))
            count += size
    return spans


def _padded(tokens: Tensor, value: int) -> Tensor:
    return functional.pad(tokens, (0, LONGEST_DRAFT - len(tokens)), value=value)
