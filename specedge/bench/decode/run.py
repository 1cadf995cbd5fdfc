"""Runs all modes over the same frames, frame by frame, so that a slow moment slows all alike."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from specedge.bench.decode.contenders import Contender
from specedge.bench.decode.frames import BenchFrame
from specedge.bench.decode.options import WARM_UP
from specedge.bench.decode.points import Point
from specedge.bench.decode.stage import Lateness, Stage
from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import TokenEvent, TokenKind, TurnResult


@dataclass(frozen=True)
class Sample:
    """One command decoded by one contender.

    Attributes:
        frame: Its number.
        result: What it gave and cost; times in seconds, scaled.
        first_token: Seconds until the first token was verified, scaled.
    """

    frame: int
    result: TurnResult
    first_token: float


@dataclass(frozen=True)
class PointResult:
    """All that was measured at one point.

    Attributes:
        point: Where; None for this machine as it is.
        scale: What its times were multiplied by.
        samples: Of each contender, one for each frame, in the order of the frames.
        target, draft: How well the models kept the point's times.
    """

    point: Point | None
    scale: float
    samples: dict[Contender, list[Sample]]
    target: Lateness
    draft: Lateness


def run_point(
    stage: Stage,
    point: Point | None,
    scale: float,
    contenders: Sequence[Contender],
    frames: Sequence[BenchFrame],
    on_turn: Callable[[], None],
    between: Callable[[BenchFrame], None] = lambda frame: None,
) -> PointResult:
    """Measures all contenders at one point.

    Args:
        stage: The processes.
        point, scale: Where.
        contenders: Who.
        frames: What they decode.
        on_turn: Called after each turn.
        between: Called once with each frame that counts, while no contender works.

    Raises:
        SpecedgeError: as `EdgeDecoder.decode` does.
    """
    stage.go_to(point, scale)
    samples: dict[Contender, list[Sample]] = {contender: [] for contender in contenders}
    with contextlib.ExitStack() as stack:
        decoders = {}
        for contender in contenders:
            decoder = stack.enter_context(contextlib.closing(stage.decoder(contender)))
            decoders[contender] = decoder
            for index in range(WARM_UP):
                decode(decoder, frames[index % len(frames)], index)
                on_turn()
        stage.go_to(point, scale)  # the counts begin anew
        for index, frame in enumerate(frames):
            # Whoever comes first meets caches that others have filled; so each is first at times.
            shift = index % len(contenders)
            for contender in (*contenders[shift:], *contenders[:shift]):
                samples[contender].append(decode(decoders[contender], frame, index))
                on_turn()
            between(frame)
        return PointResult(point, scale, samples, *stage.lateness())


def decode(decoder: EdgeDecoder, frame: BenchFrame, index: int) -> Sample:
    """Decodes one frame."""
    first: list[float] = []
    started = time.monotonic()

    def on_event(event: TokenEvent) -> None:
        if event.kind is TokenKind.VERIFIED and not first:
            first.append(time.monotonic() - started)

    result = decoder.decode(
        frame.jpeg,
        frame.context,
        seed=frame.sampling.seed,
        temperature=frame.sampling.temperature,
        on_event=on_event,
        cancel=threading.Event(),
    )
    return Sample(index, result, first[0])
