"""Where a measurement is taken: how slow the link, the target and the draft are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from specedge.bench.decode.errors import BadBench

GRID_ROUND_TRIPS_MS = (5.0, 20.0, 60.0, 120.0, 300.0)
GRID_TARGETS_MS = (10.0, 30.0, 60.0, 150.0, 620.0)
GRID_DRAFT_MS = 12.0
"""Of all points of the grid: what a 2B draft takes per token on a good onboard computer."""


@dataclass(frozen=True)
class Point:
    """One place in the space of links and models; all times in milliseconds, unscaled.

    Attributes:
        round_trip_ms: Of the link.
        target_ms: One pass of the target, the one that reads image and prompt included.
        draft_ms: One step of the draft, the one that reads image and prompt included.
    """

    round_trip_ms: float
    target_ms: float
    draft_ms: float

    @property
    def floor_ms(self) -> float:
        """What no scheme can beat that has the whole text verified in a pass: there and back once,
        and one pass."""
        return self.round_trip_ms + self.target_ms


NATIVE = "native"
"""This machine as it is: no relay, nothing stretched."""

REGIMES: dict[str, Point | None] = {
    NATIVE: None,
    "paper-go2": Point(120.0, 620.0, 72.0),
    "a100-lte": Point(120.0, 30.0, 15.0),
    "h200-wifi": Point(20.0, 10.0, 12.0),
    "loaded-cloud": Point(60.0, 60.0, 12.0),
}

GAMMAS = {"paper-go2": 4}
"""Choices that are drafted for one verification where a regime is somebody's; elsewhere the
measured costs decide. The paper (arXiv 2505.21594) drafts four."""


def find_regime(name: str) -> Point | None:
    """Returns the point of a regime; None for `NATIVE`.

    Raises:
        BadBench: there is none of that name.
    """
    if name not in REGIMES:
        raise BadBench(f"--regime {name!r} is not one of {', '.join(REGIMES)}")
    return REGIMES[name]


def grid() -> list[Point]:
    """Returns all points of the grid, the slowest target last."""
    return [
        Point(round_trip, target, GRID_DRAFT_MS)
        for target, round_trip in itertools.product(GRID_TARGETS_MS, GRID_ROUND_TRIPS_MS)
    ]
