"""Training exits of any target, to agree with what it chooses, and calibrating their confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from specedge.decoding.grammar import CommandGrammar
from specedge.models.exits import ExitHeads
from specedge.models.loading import LoadedModel
from specedge.training.calibration import best_temperature, expected_calibration_error
from specedge.training.exits import ExitQuality
from specedge.training.pairs.answers import MOST_MEASURED, Answer, Asked
from specedge.training.pairs.forward import AnswerForward, allowed_mask
from specedge.training.pairs.loop import Course, Schedule, train

SHARES_OF_DEPTH = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class _Seen:
    """States [places, hidden] of an answer by layer."""

    states: dict[int, Tensor]
    answer: Answer


def default_layers(depth: int) -> tuple[int, ...]:
    """Returns the layers after a quarter, half and three quarters of a model's depth.

    Raises:
        ValueError: it has fewer than two decoder layers.
    """
    if depth < 2:
        raise ValueError(f"{depth} decoder layers leave no place for an exit")
    places = {round(depth * share) - 1 for share in SHARES_OF_DEPTH}
    return tuple(sorted(min(max(place, 0), depth - 2) for place in places))


class ExitTraining:
    """Trains exits in place on a target that stays as it is.

    Args:
        target: Read, not changed.
        exits: Trained in place, in float32.
        grammar: The command grammar; exits are judged among the tokens that it allows.
        training, held_out: Samples with their answers.
        schedule: How long and how fast.
    """

    def __init__(
        self,
        target: LoadedModel,
        exits: ExitHeads,
        grammar: CommandGrammar,
        training: Sequence[Asked],
        held_out: Sequence[Asked],
        schedule: Schedule,
    ) -> None:
        target.network.requires_grad_(False)
        self._target = target
        self._exits = exits.to(target.device).requires_grad_(True)
        self._grammar = grammar
        self._training = training
        self._schedule = schedule
        self._forward = AnswerForward(target, exits.layers)
        # What exits hint at, and how sure they are, is told by the texts that the target writes.
        own = [asked for asked in held_out if asked[1].own][:MOST_MEASURED]
        with self._forward:
            seen = [self._see(asked) for asked in own]
        self._fitted, self._measured = seen[::2], seen[1::2] or seen

    def run(self, checkpoint: Path) -> int:
        """Trains to the end of the schedule; returns the steps that this call took."""
        layers = ", ".join(map(str, self._exits.layers))
        course = Course(
            "exits",
            self._exits,
            [answer.digest for _, answer in self._training],
            self._loss,
            lambda: "agreement " + "  ".join(f"{k}: {v:.3f}" for k, v in self.agreement().items()),
            self._target.device,
            checkpoint,
            f"exits of {self._target.name} at {layers}, rank {self._exits.rank}",
        )
        with self._forward:
            return train(course, self._schedule)

    @torch.no_grad()
    def agreement(self) -> dict[int, float]:
        """Returns by layer the share of choices on which exit and target agree.

        Measured on that half of what is held out that calibrates nothing; with a single held-out
        answer both halves are that one.
        """
        found = {}
        for layer in self._exits.layers:
            right = [
                logits.argmax(-1) == choices
                for logits, choices in (self._judged(layer, seen) for seen in self._measured)
            ]
            found[layer] = float(torch.cat(right).float().mean())
        return found

    @torch.no_grad()
    def calibrate(self) -> dict[int, ExitQuality]:
        """Sets temperatures on one half of what is held out, and measures on the other."""
        halves = self._fitted, self._measured
        quality = {}
        for layer in self._exits.layers:
            fitted, measured = (self._scores(layer, half) for half in halves)
            temperature = best_temperature(fitted)
            self._exits.temperatures[layer] = temperature
            shares = [(scores / temperature).softmax(-1).max(-1) for scores, _ in measured]
            confidence = torch.stack([share for share, _ in shares])
            said = torch.stack([token for _, token in shares])
            right = (said == torch.stack([choice for _, choice in measured])).float()
            quality[layer] = ExitQuality(
                float(right.mean()), expected_calibration_error(confidence, right), temperature
            )
        return quality

    def _loss(self, index: int) -> Tensor:
        seen = self._see(self._training[index])
        judged = [self._judged(layer, seen) for layer in self._exits.layers]
        losses = [functional.cross_entropy(logits, choices) for logits, choices in judged]
        return torch.stack(losses).sum()

    @torch.no_grad()
    def _see(self, asked: Asked) -> _Seen:
        sample, answer = asked
        prompt = self._target.prompts.make(sample.frame, sample.context)
        with self._schedule.autocast(self._target.device):
            _, states = self._forward.read(prompt, answer)
        # In float32, so that what the adapters add is not rounded away.
        return _Seen({layer: state.float() for layer, state in states.items()}, answer)

    def _judged(self, layer: int, seen: _Seen) -> tuple[Tensor, Tensor]:
        """Logits [places, vocabulary] of an exit among what is allowed, and choices [places]."""
        device = self._target.device
        with self._schedule.autocast(device):
            logits = self._exits.logits(layer, seen.states[layer].to(device), self._target).float()
        mask = allowed_mask(self._grammar, seen.answer, logits)
        return logits + mask, torch.tensor(seen.answer.choices, device=device)

    def _scores(self, layer: int, part: Sequence[_Seen]) -> list[tuple[Tensor, Tensor]]:
        """For each place the logits of the allowed tokens alone, and which of them is chosen."""
        scores = []
        for seen in part:
            for row, choice in zip(*self._judged(layer, seen), strict=True):
                allowed = row.isfinite()
                scores.append((row[allowed].cpu(), allowed[:choice].sum().cpu()))
        return scores
