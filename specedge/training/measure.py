"""How well a model in training answers: teacher-forced, on held-out frames and wordings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from transformers import Qwen2VLForConditionalGeneration

from specedge.models import nano
from specedge.training.dataset import Frames
from specedge.training.forward import FramesForward
from specedge.training.packing import IGNORED, Packer
from specedge.training.precision import autocast
from specedge.training.questions import Asker


@dataclass(frozen=True)
class Measured:
    """Shares, 0 to 1.

    Attributes:
        found: Objects in view whose bearing is right within 5 degrees.
        absent: Things not in view that are called not seen.
        right: Whole answers of which every token is right, given the ones before.
        token: Tokens that are right, given the ones before.
    """

    found: float
    absent: float
    right: float
    token: float

    def __str__(self) -> str:
        return (
            f"found {self.found:.3f}  absent {self.absent:.3f}  "
            f"right {self.right:.3f}  token {self.token:.3f}"
        )


@torch.no_grad()
def measure(
    model: Qwen2VLForConditionalGeneration, frames: Frames, *, compact: bool, most: int = 256
) -> Measured:
    """Asks a model about held-out frames; the same questions each time."""
    tokenizer = nano.make_tokenizer()
    forward = FramesForward(model)
    packer = Packer(tokenizer)
    asker = Asker(0, held_out=True, compact=float(compact))
    found, absent, right, token = [], [], [], []
    for start in range(0, min(most, len(frames)), 32):
        picks = np.arange(start, min(start + 32, len(frames)))
        batch = frames.batch(picks, asker, packer, 8)
        packed = batch.packed
        with autocast():
            visual = forward.visual_tokens(batch.frames)
            states = forward.layer_states(visual, packed.tokens, packed.positions, packed.mask)[-1]
            asked = packed.labels != IGNORED
            said = torch.full_like(packed.labels, IGNORED)
            said[asked] = forward.logits(states[asked]).argmax(-1)
        for row, questions in enumerate(batch.asked):
            labels = packed.labels[row][asked[row]]
            answers = said[row][asked[row]]
            place = 0
            for item in questions:
                question = item.question
                size = len(tokenizer(question.answer).input_ids) + question.ends
                label, answer = labels[place : place + size], answers[place : place + size]
                place += size
                same = label == answer
                right.append(bool(same.all()))
                token.append(float(same.float().mean()))
                if not item.name:
                    continue
                name = len(tokenizer(item.name + ":").input_ids)
                if item.seen:
                    truth = _bearing(tokenizer.decode(label[name : name + 2]))
                    guess = _bearing(tokenizer.decode(answer[name : name + 2]))
                    found.append(abs(truth - guess) <= 5)
                else:
                    absent.append(bool(same[name]))
    return Measured(*(float(np.mean(share)) for share in (found, absent, right, token)))


def _bearing(text: str) -> float:
    side, _, number = text.strip().partition(" ")
    if side not in ("left", "right") or not number.isdigit():
        return float("inf")
    return float(number) * (1 if side == "left" else -1)
