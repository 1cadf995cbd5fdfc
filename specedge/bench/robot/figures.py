"""The figures of ``specedge bench robot``."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from specedge.bench.robot.driver import EpisodeReport
from specedge.training.goals import GoalKind


@dataclass(frozen=True)
class Figures:
    """What some episodes come to.

    Attributes:
        episodes: How many there were.
        success: Share of those that did what was asked for.
        spl: Mean success weighted by path length of those with something to reach; None without
            such.
        collisions: Of all of them.
        turns: Mean number of commands.
        seconds: Mean simulated time, s.
        right_object: Share of those that ended in ``done`` that were at the object named; orders
            aside; None without such.
        failures: How often they failed for which reason.
    """

    episodes: int
    success: float
    spl: float | None
    collisions: int
    turns: float
    seconds: float
    right_object: float | None
    failures: dict[str, int]


def figures(reports: Sequence[EpisodeReport]) -> Figures:
    """Returns the figures of at least one episode."""
    ways = [
        report.episode.spl if report.failure is None else 0.0
        for report in reports
        if report.goal.kind in (GoalKind.REACH, GoalKind.TWO_STEP)
    ]
    claims = [
        report.episode.reached == report.goal.names[-1]
        for report in reports
        if report.goal.names and report.episode.claimed
    ]
    return Figures(
        episodes=len(reports),
        success=float(np.mean([report.failure is None for report in reports])),
        spl=float(np.mean(ways)) if ways else None,
        collisions=sum(report.episode.collisions for report in reports),
        turns=float(np.mean([report.episode.turns for report in reports])),
        seconds=float(np.mean([report.episode.duration for report in reports])),
        right_object=float(np.mean(claims)) if claims else None,
        failures=dict(Counter(str(r.failure.value) for r in reports if r.failure).most_common()),
    )


def by_kind(reports: Sequence[EpisodeReport]) -> dict[GoalKind, Figures]:
    """Returns the figures of each kind of goal that there was."""
    groups = {kind: [r for r in reports if r.goal.kind is kind] for kind in GoalKind}
    return {kind: figures(group) for kind, group in groups.items() if group}


def as_json(reports: Sequence[EpisodeReport]) -> dict[str, Any]:
    """Returns what ``specedge bench robot --json`` writes."""
    return {
        **asdict(figures(reports)),
        "kinds": {kind.value: asdict(of_kind) for kind, of_kind in by_kind(reports).items()},
        "episodes_detail": [_detail(report) for report in reports],
    }


def _detail(report: EpisodeReport) -> dict[str, Any]:
    episode = {
        # JSON has no word for what is not a number.
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in asdict(report.episode).items()
    }
    return {
        **episode,
        "seed": report.goal.seed,
        "kind": report.goal.kind.value,
        "sentence": report.goal.sentence,
        "success": report.failure is None,
        "failure": report.failure.value if report.failure else None,
        "spl": report.episode.spl if report.failure is None else 0.0,
    }
