"""Training the recurrent drafting head on a frozen target: it learns the target's own choices."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from specedge.commands import grammar
from specedge.decoding.grammar import CommandGrammar, GrammarError
from specedge.models import nano
from specedge.models.ahead import AheadHead
from specedge.models.loading import LoadedModel
from specedge.training.ahead_runs import (
    AheadQuality,
    AheadRuns,
    quality,
    unroll,
)
from specedge.training.calibration import best_temperature
from specedge.training.dataset import Batch, Frames
from specedge.training.forward import FramesForward
from specedge.training.packing import IGNORED, Packer
from specedge.training.questions import Asker

_BATCH, _QUESTIONS = 16, 8
_RUNS, _RATE = 512, 3e-3


class _RunMaker:
    def __init__(self, target: LoadedModel) -> None:
        self._target = target
        self._forward = FramesForward(target.network)
        self._grammar = CommandGrammar(target.tokenizer, grammar())
        self._chosen: dict[tuple[int, ...], list[int]] = {}

    @torch.no_grad()
    def make(self, batch: Batch) -> AheadRuns:
        packed = batch.packed
        visual = self._forward.visual_tokens(batch.frames)
        states = self._forward.layer_states(visual, packed.tokens, packed.positions, packed.mask)
        asked = packed.labels != IGNORED
        hidden = self._target.final_norm(states[-1][asked])
        said = self._target.lm_head(hidden).argmax(-1)
        labels = packed.labels[asked]
        runs = []
        for start, end in _answers(asked):
            places = [start + index for index in self._choices(tuple(labels[start:end].tolist()))]
            runs.append(AheadRuns.along(hidden[places], labels[places], said[places]))
        return AheadRuns.joined(runs)

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
    gathered: list[AheadRuns] = []
    while time.monotonic() - begun < 30 * minutes or not gathered:
        gathered.append(maker.make(next(batches)))
    runs = AheadRuns.joined(gathered)
    head.train().requires_grad_(True)
    optimiser = torch.optim.AdamW(head.parameters(), lr=_RATE, weight_decay=0.03)
    random = torch.Generator().manual_seed(seed)
    begun = time.monotonic()
    while (spent := (time.monotonic() - begun) / (30 * minutes)) < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1.0 - spent) + 1e-5
        picks = torch.randint(len(runs.hidden), (_RUNS,), generator=random)
        part = AheadRuns(runs.hidden[picks], runs.choices[picks], runs.wanted[picks])
        logits = head.logits(unroll(target, head, part), target)
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
        logits = head.logits(unroll(target, head, runs), target)
        halves[start >= len(frames) // 2].append((logits, runs.wanted))
    first, second = ([torch.cat(parts) for parts in zip(*half, strict=True)] for half in halves)
    head.temperature = best_temperature([(first[0].flatten(0, 1), first[1].flatten())])
    right, asked = second[0].argmax(-1) == second[1], second[1] != IGNORED
    return quality(right, asked, head.temperature)


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
