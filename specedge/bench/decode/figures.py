"""What was measured, as rows of a table and of the JSON file; times in unscaled milliseconds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from specedge.bench.decode.contenders import CLOUD, STREAMING, Contender
from specedge.bench.decode.frames import BenchFrame
from specedge.bench.decode.points import Point
from specedge.bench.decode.reference import RealCosts
from specedge.bench.decode.run import PointResult, Sample
from specedge.edge.decoder import TurnResult
from specedge.stack.summary import percentile

Row = dict[str, Any]


def rows(measured: PointResult, frames: Sequence[BenchFrame], costs: RealCosts) -> list[Row]:
    """Returns one row per contender of a point, in the order of the contenders."""
    cloud = next(s for c, s in measured.samples.items() if c.mode == CLOUD)
    point = measured.point or _native(cloud, costs)
    return [
        _row(contender, samples, cloud, measured, frames, point)
        for contender, samples in measured.samples.items()
    ]


def _row(
    contender: Contender,
    samples: Sequence[Sample],
    cloud: Sequence[Sample],
    measured: PointResult,
    frames: Sequence[BenchFrame],
    point: Point,
) -> Row:
    results = [sample.result for sample in samples]
    ms = 1000.0 / measured.scale
    latencies = [result.latency * ms for result in results]
    cloud_ms = statistics.median(sample.result.latency * ms for sample in cloud)
    latency = statistics.median(latencies)
    return {
        "mode": contender.mode,
        "name": contender.name,
        "sources": sorted(contender.sources) if contender.mode == STREAMING else None,
        "rtt_ms": point.round_trip_ms,
        "target_ms": point.target_ms,
        "draft_ms": point.draft_ms,
        "time_scale": measured.scale,
        "latency_ms": _spread(latencies),
        "first_action_ms": _spread([result.first_action_latency * ms for result in results]),
        "first_token_ms": _spread([sample.first_token * ms for sample in samples]),
        "per_token_ms": statistics.median(
            result.latency * ms / result.tokens for result in results
        ),
        "per_later_token_ms": statistics.median(
            (sample.result.latency - sample.first_token) * ms / max(1, sample.result.tokens - 1)
            for sample in samples
        ),
        "per_pass_ms": statistics.median(
            (sample.result.latency - sample.first_token) * ms / max(1, sample.result.target_passes)
            for sample in samples
        ),
        "speedup_vs_cloud": cloud_ms / latency,
        "gain_share": gain_share(cloud_ms, latency, point),
        "tokens": _mean(results, lambda result: result.tokens),
        "choices": _mean(results, lambda result: result.tokens - result.forced),
        "target_passes": _mean(results, lambda result: result.target_passes),
        "target_tokens": _mean(results, lambda result: result.target_tokens),
        "passes_vs_cloud": _ratio(
            sum(result.target_passes for result in results),
            sum(sample.result.target_passes for sample in cloud),
        ),
        "drafted": _mean(results, lambda result: result.drafted),
        "wasted": _mean(results, lambda result: result.wasted),
        "acceptance": _ratio(
            sum(result.accepted for result in results), sum(result.drafted for result in results)
        ),
        "cache_hit_rate": _ratio(
            sum(result.cache_hits for result in results),
            sum(result.cache_hits + result.cache_misses for result in results),
        ),
        "miss_causes": _added(results, lambda result: result.miss_causes),
        "exit_agreement": _exits(results),
        "tokens_by_source": _added(results, lambda result: result.sources),
        "draft_idle_ms": _mean(results, lambda result: result.idle * ms),
        "bytes_up": _mean(results, lambda result: result.bytes_up),
        "bytes_down": _mean(results, lambda result: result.bytes_down),
        "identical_to_cloud": identical(samples, cloud, frames),
        "overruns": {"target": measured.target.share, "draft": measured.draft.share},
        "excess": {"target": measured.target.excess, "draft": measured.draft.excess},
        "latencies_ms": latencies,
    }


def identical(
    samples: Sequence[Sample], cloud: Sequence[Sample], frames: Sequence[BenchFrame]
) -> bool:
    """Whether all texts are, token for token, those of ``cloud`` and of the target by itself."""
    return all(
        sample.result.token_ids == other.result.token_ids == frames[sample.frame].tokens
        for sample, other in zip(samples, cloud, strict=True)
    )


def gain_share(cloud_ms: float, latency_ms: float, point: Point) -> float | None:
    """Returns how much of what there is to gain over ``cloud`` was gained; None if nothing is."""
    gain = cloud_ms - point.floor_ms
    return (cloud_ms - latency_ms) / gain if gain > 0.0 else None


def _native(samples: Sequence[Sample], costs: RealCosts) -> Point:
    """Returns this machine as a point, by what was measured on it."""
    round_trip = statistics.median(sample.result.round_trip for sample in samples)
    return Point(round_trip * 1000.0, costs.target_pass * 1000.0, costs.draft_step * 1000.0)


def _spread(values: Sequence[float]) -> dict[str, float]:
    quartiles = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return {
        "p50": statistics.median(values),
        "p90": percentile(values, 0.9),
        "least": min(values),
        "most": max(values),
        "quartiles_apart": quartiles[2] - quartiles[0],
    }


def _mean(results: Sequence[TurnResult], of: Callable[[TurnResult], float]) -> float:
    return statistics.fmean(of(result) for result in results)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _added(
    results: Sequence[TurnResult], of: Callable[[TurnResult], dict[str, int]]
) -> dict[str, int]:
    total: dict[str, int] = {}
    for result in results:
        for name, count in of(result).items():
            total[name] = total.get(name, 0) + count
    return total


def _exits(results: Sequence[TurnResult]) -> dict[str, float]:
    layers = sorted({layer for result in results for layer in result.exit_agreement})
    return {
        str(layer): statistics.fmean(
            result.exit_agreement[layer] for result in results if layer in result.exit_agreement
        )
        for layer in layers
    }
