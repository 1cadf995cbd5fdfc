"""The measurement as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from specedge.bench.decode.figures import Row

FASTEST = 4.0
"""Speedup at which the colours end; beyond it only the number tells."""

PALE = (0.4, 2.6)
"""Between these speedups a cell is pale enough for black numbers."""


def plot(content: dict[str, Any], file: Path) -> None:
    """Draws the speedup over ``cloud``: a grid as one heat map per mode, a regime as bars."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(dict.fromkeys(row["name"] for row in content["rows"]))
    if len({_place(row) for row in content["rows"]}) > 1:
        names = [name for name in names if name != "cloud"] or names
        figure, axes = pyplot.subplots(
            1, len(names), figsize=(4.2 * len(names), 4.0), squeeze=False, layout="constrained"
        )
        for name, axis in zip(names, axes[0], strict=True):
            _heat_map(axis, name, [row for row in content["rows"] if row["name"] == name])
    else:
        figure, axis = pyplot.subplots(figsize=(7.0, 0.5 * len(names) + 1.5), layout="constrained")
        _bars(axis, content["rows"])
    figure.suptitle(f"specedge bench decode, {content['regime']}")
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


def _heat_map(axis: Any, name: str, rows: Sequence[Row]) -> None:
    import numpy as np
    from matplotlib.colors import TwoSlopeNorm

    targets = sorted({row["target_ms"] for row in rows})
    trips = sorted({row["rtt_ms"] for row in rows})
    values = np.full((len(trips), len(targets)), np.nan)
    for row in rows:
        place = trips.index(row["rtt_ms"]), targets.index(row["target_ms"])
        values[place] = row["speedup_vs_cloud"]
    # Centred on 1: one colour is a gain, the other a loss.
    axis.imshow(values, cmap="RdBu", norm=TwoSlopeNorm(1.0, 0.0, FASTEST), origin="lower")
    for (y, x), value in np.ndenumerate(values):
        colour = "black" if PALE[0] < value < PALE[1] else "white"
        axis.text(x, y, f"{value:.2f}", ha="center", va="center", fontsize=9, color=colour)
    axis.set_xticks(range(len(targets)), [f"{target:g}" for target in targets])
    axis.set_yticks(range(len(trips)), [f"{trip:g}" for trip in trips])
    axis.set(xlabel="target pass, ms", ylabel="round trip, ms", title=f"{name}, × cloud")


def _bars(axis: Any, rows: Sequence[Row]) -> None:
    names = [row["name"] for row in rows]
    middle = [row["latency_ms"]["p50"] for row in rows]
    upper = [row["latency_ms"]["p90"] - value for row, value in zip(rows, middle, strict=True)]
    axis.barh(names, middle, xerr=[[0.0] * len(rows), upper], color="tab:blue", capsize=3)
    for index, row in enumerate(rows):
        axis.text(0.0, index, f"  × {row['speedup_vs_cloud']:.2f}", va="center", color="white")
    axis.invert_yaxis()
    axis.set(xlabel="latency of a command, ms: median, and up to the 90th percentile")


def _place(row: Row) -> tuple[float, float, float]:
    return row["rtt_ms"], row["target_ms"], row["draft_ms"]
