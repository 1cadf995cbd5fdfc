"""The models within this process: what the target says by itself, and what a step really costs."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specedge.commands import Context, grammar
from specedge.decoding.acceptance import Sampling
from specedge.decoding.draft import DraftEngine
from specedge.decoding.grammar import CommandGrammar, GrammarState
from specedge.decoding.target import TargetEngine
from specedge.models.loading import load_model

if TYPE_CHECKING:
    from specedge.bench.decode.frames import BenchFrame


class ReferenceTarget:
    """The target, token by token, without a link, a draft or an exit.

    Raises:
        ModelNotFound: the folder is not a model.
    """

    def __init__(self, model: str | Path) -> None:
        self.loaded = load_model(model)
        self.engine = TargetEngine(
            self.loaded, None, CommandGrammar(self.loaded.tokenizer, grammar())
        )
        self._never = threading.Event()

    def decode(self, jpeg: bytes, context: Context, sampling: Sampling) -> GrammarState:
        """Returns the target's own text for a frame."""
        turn = self.engine.begin(jpeg, context, sampling, self._never)
        while not turn.state.complete:
            turn.verify(turn.version, [])
        return turn.state


@dataclass(frozen=True)
class RealCosts:
    """Seconds that this machine takes for itself, medians.

    Attributes:
        target_prompt: Image and prompt of the target.
        target_pass: A pass over one token.
        target_wide: A pass over a whole command, the widest that a pass gets.
        draft_prompt: Image and prompt of the draft.
        draft_step: One choice of the draft.
    """

    target_prompt: float
    target_pass: float
    target_wide: float
    draft_prompt: float
    draft_step: float


@dataclass(frozen=True)
class Measured:
    """What was measured before the modes run.

    Attributes:
        costs: Of each step.
        draft_share: Share of the target's choices that the draft has right, given all before.
    """

    costs: RealCosts
    draft_share: float


def measure(target: ReferenceTarget, draft: DraftEngine, frames: Sequence[BenchFrame]) -> Measured:
    """Runs both models over the frames' reference texts."""
    prompts, passes, wides = list[float](), list[float](), list[float]()
    draft_prompts, steps, right = list[float](), list[float](), list[bool]()
    never = threading.Event()
    for frame in frames:
        clock = _Clock()
        turn = target.engine.begin(frame.jpeg, frame.context, frame.sampling, never)
        prompts.append(clock.lap())
        turn.verify(turn.version, [])
        passes.append(clock.lap())
        if turn.version < len(frame.choices):
            turn.verify(turn.version, frame.choices[turn.version :])
            wides.append(clock.lap())
        clock.lap()
        drafting = draft.begin(frame.jpeg, frame.context, frame.sampling)
        draft_prompts.append(clock.lap())
        for index, choice in enumerate(frame.choices):
            drafted = drafting.expand([frame.choices[:index]], 1)[0][0]
            right.append(drafted.token == choice)
            steps.append(clock.lap())
    costs = RealCosts(*(_median(t) for t in (prompts, passes, wides, draft_prompts, steps)))
    return Measured(costs, sum(right) / len(right))


class _Clock:
    def __init__(self) -> None:
        self._last = time.monotonic()

    def lap(self) -> float:
        now = time.monotonic()
        took, self._last = now - self._last, now
        return took


def _median(times: list[float]) -> float:
    return statistics.median(times) if times else 0.0
