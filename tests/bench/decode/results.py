"""Measurements made up for tests."""

from __future__ import annotations

from specedge.bench.decode.contenders import CLOUD, Contender
from specedge.bench.decode.frames import BenchFrame
from specedge.bench.decode.points import Point
from specedge.bench.decode.reference import Measured, RealCosts
from specedge.bench.decode.run import PointResult, Sample
from specedge.bench.decode.stage import Lateness
from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.edge.decoder import TraceEvent, TraceKind, TurnResult

POINT = Point(round_trip_ms=120.0, target_ms=60.0, draft_ms=12.0)
SCALE = 0.5
COSTS = RealCosts(0.040, 0.006, 0.009, 0.016, 0.002)
MEASURED = Measured(COSTS, draft_share=0.7)
FRAMES = [
    BenchFrame(b"jpeg", Context("go to the red chair"), Sampling(seed=seed), (seed,), (seed, 9))
    for seed in range(3)
]
TRACE = (
    TraceEvent(0.0, TraceKind.BEGUN, 0),
    TraceEvent(0.05, TraceKind.DRAFTED, 0, 0, 1, seconds=0.006),
    TraceEvent(0.05, TraceKind.HINTED, 0, 0, 1),
    TraceEvent(0.1, TraceKind.EXPECTED, 0, 0, 1, layer=2),
    TraceEvent(0.2, TraceKind.VERIFIED, 0, 0, 2, seconds=0.03),
)


def sample(frame: int, seconds: float, tokens: tuple[int, ...] | None = None) -> Sample:
    """A turn that took so long, scaled, and gave the reference's tokens or others."""
    ids = FRAMES[frame].tokens if tokens is None else tokens
    result = TurnResult(
        text="order; sit.",
        token_ids=ids,
        latency=seconds,
        first_action_latency=seconds / 2,
        tokens=len(ids),
        forced=1,
        target_passes=4,
        drafted=10,
        accepted=6,
        cache_hits=1,
        cache_misses=3,
        bytes_up=300,
        bytes_down=500,
        exit_agreement={2: 0.5},
        round_trip=0.06,
        trace=TRACE,
    )
    return Sample(frame, result, first_token=seconds / 4)


def measured(point: Point | None = POINT, scale: float = SCALE) -> PointResult:
    """``cloud`` at 1 s a command, unscaled, and ``streaming`` at 0.25 s."""
    samples = {
        Contender(CLOUD, CLOUD): [sample(frame, 1.0 * scale) for frame in range(3)],
        Contender("streaming", "streaming"): [sample(frame, 0.25 * scale) for frame in range(3)],
    }
    return PointResult(point, scale, samples, Lateness(100, 1, 0.01), Lateness(50, 5, 0.1))
