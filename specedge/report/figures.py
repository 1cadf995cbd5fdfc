"""The figures about all frames together: how long a command took, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from specedge.report.survey import Survey
from specedge.report.svg import colour, figure, inline, mode_colour, style

WIDTH, HEIGHT = 5.4, 3.3
"""Inches; small enough that the letters can still be read on a phone."""
LOGARITHMIC_FROM = 12.0
"""Ratio of the longest to the shortest time from which equal steps would hide the short ones."""


def latency_distribution(found: Survey, points: int) -> Markup:
    """Draws the share of commands there after a time: whole (solid), first action (dashed)."""
    with style():
        drawn = figure(WIDTH, HEIGHT)
        axes = drawn.add_subplot()
        for mode, series in found.series.items():
            look: dict[str, Any] = {"color": mode_colour(mode), "drawstyle": "steps-post"}
            axes.plot(*_shares(series.latency, points), label=mode, linewidth=1.9, **look)
            if series.first_action:
                early = _shares(series.first_action, points)
                axes.plot(*early, linewidth=1.3, linestyle=(0, (3, 2)), **look)
        _scale(axes.set_xscale, [time for s in found.series.values() for time in s.latency])
        axes.set_ylim(0.0, 1.02)
        axes.set_xlabel("time from the frame, ms (dashed: until the first action)")
        axes.set_ylabel("share of the frames")
        drawn.legend(loc="outside upper left", ncols=5, columnspacing=1.2, handlelength=1.4)
        return inline(drawn, "Distribution of the time to a command, a line for each mode")


def latency_over_time(found: Survey, points: int) -> Markup:
    """Draws each command's latency over the time of its frame."""
    with style():
        drawn = figure(WIDTH, HEIGHT)
        axes = drawn.add_subplot()
        for mode, series in found.series.items():
            step = max(1, -(-len(series.at) // points))
            axes.plot(
                list(series.at[::step]),
                list(series.latency[::step]),
                linestyle="none",
                marker="o",
                markersize=4.0,
                markeredgewidth=0.0,
                alpha=0.75,
                color=mode_colour(mode),
                label=mode,
            )
        _scale(axes.set_yscale, [time for s in found.series.values() for time in s.latency])
        axes.set_xlabel("time of the frame, s since the first")
        axes.set_ylabel("time to the command, ms")
        drawn.legend(loc="outside upper left", ncols=5, columnspacing=0.9, handletextpad=0.1)
        return inline(drawn, "Time to each command over the time of its frame, by mode")


def source_shares(shares: Sequence[tuple[str, dict[str, int]]]) -> Markup:
    """Draws, for each mode, the share of the verified tokens by who had them first."""
    from specedge.edge.token_line import SOURCES

    with style():
        drawn = figure(WIDTH, 0.7 + 0.42 * len(shares))
        axes = drawn.add_subplot()
        for row, (_, counts) in enumerate(shares):
            total = sum(counts.values()) or 1
            left = 0.0
            for source in SOURCES:
                share = counts.get(source, 0) / total
                label = source if row == 0 else None
                axes.barh(row, share, left=left, height=0.62, color=colour(source), label=label)
                left += share
        axes.set_yticks(range(len(shares)), [mode for mode, _ in shares])
        axes.invert_yaxis()
        axes.set_xlim(0.0, 1.0)
        axes.grid(visible=False)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("share of the verified tokens, by who had them first")
        return inline(drawn, "Share of the verified tokens by who had them first, by mode")


def _shares(times: Sequence[float], points: int) -> tuple[list[float], list[float]]:
    """Returns the empirical distribution in at most so many steps, from nought to one."""
    ordered = sorted(times)
    if not ordered:
        return [], []
    steps = min(points, len(ordered))
    ranks = [round((step + 1) * len(ordered) / steps) for step in range(steps)]
    return (
        [ordered[0], *(ordered[rank - 1] for rank in ranks)],
        [0.0, *(rank / len(ordered) for rank in ranks)],
    )


def _scale(choose: Any, times: Sequence[float]) -> None:
    from matplotlib.ticker import LogLocator, ScalarFormatter

    shortest, longest = min(times, default=1.0), max(times, default=1.0)
    if shortest > 0.0 and longest / shortest >= LOGARITHMIC_FROM:
        choose("log")
        axis = choose.__self__.xaxis if choose.__name__ == "set_xscale" else choose.__self__.yaxis
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(ScalarFormatter())
        axis.minorticks_off()
