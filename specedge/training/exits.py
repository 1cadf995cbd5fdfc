"""Training early exits on a frozen target: small heads that agree with its final choice."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from specedge.models import nano
from specedge.models.exits import ExitHeads
from specedge.models.loading import LoadedModel
from specedge.training.calibration import best_temperature, expected_calibration_error
from specedge.training.dataset import Batch, Frames
from specedge.training.forward import FramesForward
from specedge.training.packing import IGNORED, Packer
from specedge.training.questions import Asker


@dataclass(frozen=True)
class ExitQuality:
    """How one exit agrees with the final token on held-out frames, shares of 0 to 1.

    Attributes:
        agreement: Tokens on which they agree.
        calibration_error: Expected calibration error of its confidence.
        temperature: What its logits are divided by for that confidence.
    """

    agreement: float
    calibration_error: float
    temperature: float


def train_exits(
    target: LoadedModel, exits: ExitHeads, frames: Frames, *, minutes: float, seed: int = 0
) -> None:
    """Trains the exits in place; the target is read, not changed."""
    forward = FramesForward(target.network)
    optimiser = torch.optim.AdamW(exits.parameters(), lr=2e-3, weight_decay=0.0)
    batches = frames.batches(Asker(seed), Packer(nano.make_tokenizer()), 16, 8, seed)
    for parameter in exits.parameters():
        parameter.requires_grad_(True)
    begun = time.monotonic()
    while (spent := (time.monotonic() - begun) / (60 * minutes)) < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1.0 - spent) + 1e-5
        states, final = _states(forward, next(batches))
        loss = torch.stack(
            [
                functional.cross_entropy(exits.logits(layer, states[layer], target), final)
                for layer in exits.layers
            ]
        ).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()


@torch.no_grad()
def calibrate(target: LoadedModel, exits: ExitHeads, frames: Frames) -> dict[int, ExitQuality]:
    """Sets the exits' temperatures on the first half of held-out frames, measures on the second."""
    forward = FramesForward(target.network)
    packer = Packer(nano.make_tokenizer())
    asker = Asker(1, held_out=True)
    halves: list[list[tuple[list[Tensor], Tensor]]] = [[], []]
    for start in range(0, len(frames) - 15, 16):
        batch = frames.batch(np.arange(start, start + 16), asker, packer, 8)
        halves[start >= len(frames) // 2].append(_states(forward, batch))
    quality = {}
    for layer in exits.layers:
        first, second = (_answers(target, exits, layer, half) for half in halves)
        exits.temperatures[layer] = temperature = best_temperature([first])
        confidence, said = (second[0] / temperature).softmax(-1).max(-1)
        right = (said == second[1]).float()
        quality[layer] = ExitQuality(
            float(right.mean()), expected_calibration_error(confidence, right), temperature
        )
    return quality


@torch.no_grad()
def _states(forward: FramesForward, batch: Batch) -> tuple[list[Tensor], Tensor]:
    """States after each layer where an answer's token is chosen, and the target's choice there."""
    packed = batch.packed
    visual = forward.visual_tokens(batch.frames)
    asked = packed.labels != IGNORED
    layers = forward.layer_states(visual, packed.tokens, packed.positions, packed.mask)
    states = [layer[asked] for layer in layers]
    return states, forward.logits(states[-1]).argmax(-1)


def _answers(
    target: LoadedModel, exits: ExitHeads, layer: int, half: list[tuple[list[Tensor], Tensor]]
) -> tuple[Tensor, Tensor]:
    logits = torch.cat([exits.logits(layer, states[layer], target) for states, _ in half])
    return logits, torch.cat([final for _, final in half])
