"""Training the drafting head of any target on what it has answered, and calibrating it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from specedge.decoding.grammar import CommandGrammar
from specedge.models.ahead import AheadHead
from specedge.models.loading import LoadedModel
from specedge.training.ahead_runs import (
    AheadQuality,
    AheadRuns,
    quality,
    unroll,
)
from specedge.training.calibration import best_temperature
from specedge.training.pairs.answers import MOST_MEASURED, Answer, Asked
from specedge.training.pairs.forward import AnswerForward, allowed_mask
from specedge.training.pairs.loop import Course, Schedule, train

MOST_KEPT = 10_000
"""Answers whose states are kept on the CPU; 1.4 GB of a 7B target's in 16 bits, 20 choices each."""
REPEATS = 4
"""Times that the head sees an answer in an epoch of the schedule: unlike an exit it begins from
nothing, and once the target has read an answer a step costs little."""


@dataclass(frozen=True)
class _Seen:
    """Inputs [places, hidden] of the LM head along an answer."""

    hidden: Tensor
    answer: Answer


class AheadTraining:
    """Trains a drafting head in place on a target that stays as it is.

    Args:
        target: Read, not changed.
        head: Trained in place, in float32.
        grammar: The command grammar; the head is judged among the tokens that it allows.
        training, held_out: Samples with their answers.
        schedule: How long and how fast; each epoch counts `REPEATS` times.
    """

    def __init__(
        self,
        target: LoadedModel,
        head: AheadHead,
        grammar: CommandGrammar,
        training: Sequence[Asked],
        held_out: Sequence[Asked],
        schedule: Schedule,
    ) -> None:
        target.network.requires_grad_(False)
        self._target = target
        self._head = head.to(target.device).requires_grad_(True)
        self._grammar = grammar
        # After a single choice there is nothing to draft.
        self._training = [asked for asked in training if len(asked[1].places) > 1]
        self._schedule = replace(schedule, epochs=REPEATS * schedule.epochs)
        self._kept: dict[int, _Seen] = {}
        self._forward = AnswerForward(target, (len(target.layers) - 1,))
        # What drafting saves is told by the texts that the target writes.
        own = [asked for asked in held_out if asked[1].own][:MOST_MEASURED]
        with self._forward:
            self._held_out = [self._see(asked) for asked in own]

    def run(self, checkpoint: Path) -> int:
        """Trains to the end of the schedule; returns the steps that this call took."""
        course = Course(
            "drafting head",
            self._head,
            [answer.digest for _, answer in self._training],
            self._loss,
            lambda: f"length {self.measure().length:.3f}",
            self._target.device,
            checkpoint,
            f"drafting head of {self._target.name}, width {self._head.width}",
        )
        with self._forward:
            return train(course, self._schedule)

    @torch.no_grad()
    def measure(self) -> AheadQuality:
        """Returns how the head drafts on that half of what is held out that calibrates nothing.

        With a single held-out answer both halves are that one.
        """
        rights, places = [], []
        for seen in self._held_out[1::2] or self._held_out:
            scores, wanted, asked = self._judged(seen)
            right = torch.zeros_like(asked)
            right[asked] = scores.argmax(-1) == wanted
            rights.append(right)
            places.append(asked)
        return quality(torch.cat(rights), torch.cat(places), self._head.temperature)

    @torch.no_grad()
    def calibrate(self) -> AheadQuality:
        """Sets the head's temperature on the other half, and measures."""
        judged = (self._judged(seen) for seen in self._held_out[::2])
        self._head.temperature = best_temperature((scores, wanted) for scores, wanted, _ in judged)
        return self.measure()

    def _loss(self, index: int) -> Tensor:
        seen = self._kept.get(index)
        if seen is None:
            seen = self._see(self._training[index])
            if len(self._kept) < MOST_KEPT:
                self._kept[index] = seen
        scores, wanted, _ = self._judged(seen)
        return functional.cross_entropy(scores, wanted)

    @torch.no_grad()
    def _see(self, asked: Asked) -> _Seen:
        sample, answer = asked
        prompt = self._target.prompts.make(sample.frame, sample.context)
        with self._schedule.autocast(self._target.device):
            _, states = self._forward.read(prompt, answer)
            (last,) = states.values()
            hidden = self._target.final_norm(last)
        return _Seen(hidden.to(self._target.lm_head.weight.dtype).cpu(), answer)

    def _judged(self, seen: _Seen) -> tuple[Tensor, Tensor, Tensor]:
        """Logits [asked, vocabulary] among what is allowed, what is wanted [asked], and where.

        The last is [runs, LONGEST_DRAFT] bool, as in `AheadRuns.asked`.
        """
        answer, hidden = seen.answer, seen.hidden.to(self._target.device).float()
        chosen = torch.tensor([answer.tokens[place] for place in answer.places])
        runs = AheadRuns.along(
            hidden, chosen.to(hidden.device), torch.tensor(answer.choices, device=hidden.device)
        )
        run, step = runs.asked.nonzero(as_tuple=True)
        states = unroll(self._target, self._head, runs)[run, step]
        scores = self._head.logits(states, self._target).float()
        places = hidden.new_empty(len(hidden), scores.shape[-1])
        mask = allowed_mask(self._grammar, answer, places)[run + step + 1]
        return scores + mask, runs.wanted[run, step], runs.asked


def train_pair_ahead(learning: AheadTraining, checkpoint: Path) -> AheadQuality:
    """Trains a head to the end of its schedule, calibrates it and tells what that has given."""
    before = learning.measure()
    learning.run(checkpoint)
    after = learning.calibrate()
    for when, found in (("before", before), ("after", after)):
        agreement = [round(share, 4) for share in found.agreement]
        told = {**asdict(found), "agreement": agreement, "length": round(found.length, 4)}
        print(f"drafting head, {when}: {json.dumps(told)}", flush=True)
    return after
