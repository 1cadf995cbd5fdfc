"""The training loop of exits and drafts: accumulation, mixed precision, checkpoints, progress."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import Progress, TextColumn
from torch import Tensor, nn

from specedge.errors import SpecedgeError
from specedge.training.checkpoints import load_checkpoint, save_checkpoint

PRECISIONS = ("auto", "float32", "bfloat16")


class BadSchedule(SpecedgeError):
    """A training is asked for that cannot be."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        epochs: Times that each answer is seen.
        accumulate: Answers whose gradients make one step.
        learning_rate: Peak; reached after ``warm_up`` of all steps, lowered by a cosine.
        warm_up: Share of the steps.
        precision: One of `PRECISIONS`; ``auto`` is bfloat16 where the GPU has it, else float32.
            Weights that are trained stay in float32.
        seed: Of the order of the answers.
        save_every: Seconds between checkpoints.

    Raises:
        BadSchedule: one of them makes no sense.
    """

    epochs: int = 3
    accumulate: int = 8
    learning_rate: float = 1e-3
    warm_up: float = 0.05
    precision: str = "auto"
    seed: int = 0
    save_every: float = 300.0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.accumulate < 1:
            raise BadSchedule("epochs and accumulated answers are at least 1")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0.0):
            raise BadSchedule(f"learning rate {self.learning_rate} is not above 0")
        if self.seed < 0:
            raise BadSchedule(f"seed {self.seed} is negative")
        if self.precision not in PRECISIONS:
            raise BadSchedule(f"precision {self.precision!r}: give one of {', '.join(PRECISIONS)}")

    def autocast(self, device: torch.device) -> torch.autocast:
        """Returns the context in which a pass computes on a device."""
        fast = device.type == "cuda" and torch.cuda.is_bf16_supported()
        wanted = self.precision == "bfloat16" or (self.precision == "auto" and fast)
        return torch.autocast(device.type, torch.bfloat16, enabled=wanted)

    def rate(self, step: int, steps: int) -> float:
        """Returns the learning rate of a step."""
        rising = min(1.0, (step + 1) / max(1.0, self.warm_up * steps))
        return (
            self.learning_rate * rising * (0.01 + 0.99 * (1 + math.cos(math.pi * step / steps)) / 2)
        )


@dataclass(frozen=True)
class Course:
    """What is trained, and how it is watched.

    Attributes:
        title: Of the progress bar.
        module: Its parameters that require gradients are trained.
        answers: What tells each answer from others.
        loss: Of one answer, by its index.
        measure: Says how good the module is on what is held out; called after each epoch.
        device: Where the passes compute.
        checkpoint: File to go on from, and to save to.
        identity: What must be the same for a checkpoint to be gone on from.
    """

    title: str
    module: nn.Module
    answers: Sequence[str]
    loss: Callable[[int], Tensor]
    measure: Callable[[], str]
    device: torch.device
    checkpoint: Path
    identity: str


def train(course: Course, schedule: Schedule) -> int:
    """Trains to the end of a schedule, from a checkpoint when there is one.

    Ctrl-C leaves a checkpoint.

    Returns:
        Steps that this call took; 0 when all had been done before.

    Raises:
        WrongCheckpoint: the checkpoint is of another training.
    """
    trained = {name: p for name, p in course.module.named_parameters() if p.requires_grad}
    optimiser = torch.optim.AdamW(trained.values(), lr=schedule.learning_rate, weight_decay=0.0)
    count = len(course.answers)
    an_epoch = math.ceil(count / schedule.accumulate)
    steps = an_epoch * schedule.epochs
    identity = _identity(course, schedule)
    begun = step = _resume(course.checkpoint, identity, trained, optimiser)
    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[words]}"))
    saved, mean = time.monotonic(), math.nan
    with Progress(*columns) as progress:
        task = progress.add_task(course.title, total=steps, completed=step, words="")
        try:
            while step < steps:
                epoch, place = divmod(step, an_epoch)
                order = np.random.default_rng((schedule.seed, epoch)).permutation(count)
                batch = order[place * schedule.accumulate :][: schedule.accumulate]
                for group in optimiser.param_groups:
                    group["lr"] = schedule.rate(step, steps)
                value = _step(course, schedule, batch, list(trained.values()), optimiser)
                mean = value if math.isnan(mean) else 0.95 * mean + 0.05 * value
                step += 1
                progress.update(task, completed=step, words=f"loss {mean:.3f}")
                if place == an_epoch - 1:
                    words = course.measure()
                    progress.console.print(
                        f"{course.title}, epoch {epoch + 1}: loss {mean:.3f}  {words}"
                    )
                if time.monotonic() - saved > schedule.save_every:
                    _save(course.checkpoint, identity, step, trained, optimiser)
                    saved = time.monotonic()
        finally:
            if step > begun:
                _save(course.checkpoint, identity, step, trained, optimiser)
    return step - begun


def _step(
    course: Course,
    schedule: Schedule,
    batch: np.ndarray,
    parameters: list[Tensor],
    optimiser: torch.optim.Optimizer,
) -> float:
    total = 0.0
    for index in batch:
        with schedule.autocast(course.device):
            loss = course.loss(int(index)) / len(batch)
        loss.backward()
        total += float(loss.detach())
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return total


def _identity(course: Course, schedule: Schedule) -> str:
    """All that a training must have in common with a checkpoint; epochs may be added."""
    digest = hashlib.sha256("\n".join(course.answers).encode()).hexdigest()[:8]
    return (
        f"{course.identity}; {len(course.answers)} answers ({digest}) by {schedule.accumulate}, "
        f"rate {schedule.learning_rate}, seed {schedule.seed}, precision {schedule.precision}"
    )


def _resume(
    path: Path, identity: str, trained: dict[str, Any], optimiser: torch.optim.Optimizer
) -> int:
    if not path.exists():
        return 0
    state = load_checkpoint(path, identity, "--work")
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(state["weights"][name])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def _save(
    path: Path,
    identity: str,
    step: int,
    trained: dict[str, Any],
    optimiser: torch.optim.Optimizer,
) -> None:
    weights = {name: parameter.detach() for name, parameter in trained.items()}
    state = {"step": step, "weights": weights, "optimiser": optimiser.state_dict()}
    save_checkpoint(path, identity, state)
