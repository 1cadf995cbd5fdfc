"""The timeline of one turn: what was drafted, sent, guessed by exits and verified, and when."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from markupsafe import Markup

from specedge.replay.records import TurnRecord
from specedge.report.svg import colour, figure, inline, style

WIDTH, HEIGHT = 5.4, 3.4
LANES = ("target", "exits", "sent", "draft")
"""From top to bottom, under the tokens."""
BAR = 0.56
MOST_MARKS = 400
"""Moments and tokens drawn of one turn; a normal one has a tenth of that."""


def timeline(turn: TurnRecord, until_ms: float) -> Markup:
    """Draws a turn: its tokens by place and time, and below who worked when.

    Args:
        turn: With events; the lanes also want its trace.
        until_ms: Where the axis ends, so that the turns of several modes compare.
    """
    with style():
        drawn = figure(WIDTH, HEIGHT if turn.trace else 0.62 * HEIGHT)
        if turn.trace:
            upper, lower = drawn.subplots(
                2, 1, sharex=True, gridspec_kw={"height_ratios": (3, 2), "hspace": 0.04}
            )
            _draw_lanes(lower, turn)
        else:
            upper = lower = drawn.add_subplot()
        _draw_tokens(upper, turn)
        for moment, words in ((turn.first_action_ms, "first action"), (turn.latency_ms, "done")):
            if moment is not None:
                upper.axvline(moment, color=colour("faint"), linewidth=0.9, linestyle=":")
                same = words == "first action" and turn.latency_ms is not None
                if not same or abs(moment - (turn.latency_ms or 0.0)) > 0.12 * until_ms:
                    upper.annotate(
                        words,
                        (moment, 1.0),
                        xycoords=("data", "axes fraction"),
                        xytext=(-3, -2),
                        textcoords="offset points",
                        ha="right",
                        va="top",
                        fontsize=9,
                    )
        upper.set_ylabel("token")
        lower.set_xlabel("ms since the frame")
        lower.set_xlim(0.0, 1.02 * until_ms)
        return inline(drawn, f"Timeline of a turn in mode {turn.mode}")


def _draw_tokens(axes: Any, turn: TurnRecord) -> None:
    """Hollow: drafted. Filled: verified, in the colour of who had it first. Cross: rejected."""
    marks: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for event in turn.events[:MOST_MARKS]:
        places = range(event.position, event.position + len(event.texts))
        for place, source in zip(places, event.sources, strict=False):
            marks[event.kind, source].append((event.time_ms, place))
    for (kind, source), points in marks.items():
        look: dict[str, Any] = {"color": colour(source), "linestyle": "none"}
        if kind == "verified":
            look |= {"marker": "s", "markersize": 4.8, "zorder": 4}
        elif kind == "rejected":
            look |= {"marker": "x", "markersize": 6, "zorder": 3, "color": colour("bad")}
        else:
            look |= {"marker": "o", "markersize": 4.6, "fillstyle": "none", "zorder": 2}
        axes.plot(*zip(*points, strict=True), **look)
    most = max((event.position + len(event.texts) for event in turn.events), default=1)
    axes.set_ylim(-0.8, 1.18 * most)
    axes.yaxis.get_major_locator().set_params(integer=True, nbins=5)


def _draw_lanes(axes: Any, turn: TurnRecord) -> None:
    height = {name: len(LANES) - 1 - row for row, name in enumerate(LANES)}
    # A verdict was on its way for half a round trip when it came in.
    underway = (turn.split.link_ms or 0.0) / 2
    for moment in turn.trace[:MOST_MARKS]:
        at = moment.time_ms
        if moment.kind == "drafted":
            _bar(axes, at - moment.lasted_ms, moment.lasted_ms, height["draft"], "draft")
        elif moment.kind == "verified":
            started = at - underway - moment.lasted_ms
            row = height["target"]
            if moment.queued_ms > 0.0:
                _bar(axes, started - moment.queued_ms, moment.queued_ms, row, "line")
            _bar(axes, started, moment.lasted_ms, row, "target")
            if underway:
                axes.plot((at - underway, at), (row, row), color=colour("faint"), linewidth=0.9)
        elif moment.kind == "expected":
            axes.plot(at, height["exits"], "D", color=colour("exit"), markersize=5)
            if moment.layer >= 0:
                axes.annotate(
                    str(moment.layer),
                    (at, height["exits"]),
                    xytext=(4, 2),
                    textcoords="offset points",
                    fontsize=7.5,
                )
        elif moment.kind in ("begun", "hinted", "proposed"):
            axes.plot(at, height["sent"], "|", color=colour("ink"), markersize=9)
        elif moment.kind in ("rebased", "lost", "resumed"):
            axes.axvline(at, color=colour("bad"), linewidth=0.7, alpha=0.6)
    axes.set_yticks(list(height.values()), list(height))
    axes.set_ylim(-0.6, len(LANES) - 0.4)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _bar(axes: Any, start: float, length: float, row: float, name: str) -> None:
    axes.broken_barh(
        [(max(0.0, start), length)],
        (row - BAR / 2, BAR),
        facecolor=colour(name),
        edgecolor=colour("ink"),
        linewidth=0.3,
    )
