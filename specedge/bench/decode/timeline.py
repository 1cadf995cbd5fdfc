"""One command of a mode as a picture: who works when, and what is under way between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from specedge.bench.decode.run import PointResult, Sample
from specedge.edge.decoder import TraceEvent, TraceKind, TurnResult

TARGET, LINK, DRAFT = 2.0, 1.0, 0.0
"""Heights of the three lanes."""
HEIGHT = 0.5
TEXT_HEIGHT = 2.6
_COLOURS = {
    "prompt": "tab:gray",
    "pass": "tab:blue",
    "draft": "tab:orange",
    "up": "tab:orange",
    "down": "tab:blue",
    "guess": "tab:green",
}


def draw_timelines(measured: PointResult, folder: Path) -> list[Path]:
    """Draws the median command of each contender into a folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    longest = max(s.result.latency for samples in measured.samples.values() for s in samples)
    files = []
    for contender, samples in measured.samples.items():
        file = folder / f"{contender.name.replace(', ', '-').replace(' ', '-')}.svg"
        sample = median_sample(samples)
        _draw(contender.name, sample.result, measured.scale, longest, file)
        files.append(file)
    return files


def median_sample(samples: Sequence[Sample]) -> Sample:
    """Returns the one whose latency is in the middle."""
    ordered = sorted(samples, key=lambda sample: sample.result.latency)
    return ordered[(len(ordered) - 1) // 2]


def _draw(name: str, result: TurnResult, scale: float, longest: float, file: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    # Text as text, and the same names every time: files that can be read and compared.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "specedge"})
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(9.0, 2.6), layout="constrained")
    unscaled = 1000.0 / scale
    for event in result.trace:
        _draw_event(axis, event, result.round_trip / 2.0, unscaled)
    axis.axvline(result.first_action_latency * unscaled, color="black", lw=0.8, ls=":")
    axis.axvline(result.latency * unscaled, color="black", lw=1.2)
    axis.set_xlim(0.0, longest * unscaled * 1.02)
    axis.set_ylim(DRAFT - HEIGHT, TEXT_HEIGHT + HEIGHT)
    axis.set_yticks([TARGET, LINK, DRAFT], ["target", "link", "draft"])
    axis.set(xlabel="ms since the frame", title=f"{name}: {result.text}")
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def _draw_event(axis: Any, event: TraceEvent, one_way: float, unscaled: float) -> None:
    end = event.time
    if event.kind is TraceKind.DRAFTED:
        _box(axis, end - event.seconds, event.seconds, DRAFT, "draft", unscaled)
    elif event.kind in (TraceKind.HINTED, TraceKind.PROPOSED, TraceKind.BEGUN):
        colour = "prompt" if event.kind is TraceKind.BEGUN else "up"
        _arrow(axis, end, DRAFT, end + one_way, TARGET, colour, unscaled)
    elif event.kind is TraceKind.EXPECTED:
        _arrow(axis, end - one_way, TARGET, end, DRAFT, "guess", unscaled)
    elif event.kind is TraceKind.VERIFIED:
        passed = end - one_way
        if event.seconds > 0.0:
            _box(axis, passed - event.seconds, event.seconds, TARGET, "pass", unscaled)
        _arrow(axis, passed, TARGET, end, DRAFT, "down", unscaled)
        if event.count:
            axis.text(
                end * unscaled, TEXT_HEIGHT, f"+{event.count}", ha="center", va="bottom", fontsize=7
            )


def _box(axis: Any, start: float, length: float, lane: float, what: str, unscaled: float) -> None:
    axis.barh(
        lane,
        length * unscaled,
        HEIGHT,
        left=start * unscaled,
        color=_COLOURS[what],
        edgecolor="white",
        linewidth=0.5,
    )


def _arrow(
    axis: Any, start: float, low: float, end: float, high: float, what: str, unscaled: float
) -> None:
    # From the edge of one lane to the edge of the other.
    half = HEIGHT / 2.0 if high > low else -HEIGHT / 2.0
    axis.annotate(
        "",
        xy=(end * unscaled, high - half),
        xytext=(start * unscaled, low + half),
        arrowprops={"arrowstyle": "->", "color": _COLOURS[what], "lw": 0.8},
    )
