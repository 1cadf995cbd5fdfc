"""One look at every record of a replay: what is drawn of all, and which frames are shown."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from specedge.replay.records import FrameRecord, TurnRecord

INEXACT = "edge"
"""The one mode that may say something else than the target model."""

DIFFERENCES = {
    "modes": "modes that must agree do not",
    "recording": "not what was recorded",
    "failed": "a mode gave no command",
    "edge": "the draft alone says something else",
}
"""Kinds of disagreement, the gravest first."""


@dataclass(frozen=True)
class ReportLimits:
    """How much of a replay stands on the page, however long it was.

    Attributes:
        frames: Frames shown with picture and commands, evenly spread.
        disagreements: Frames shown for each kind of disagreement, the first ones.
        points: Points of one line or cloud in a figure.
    """

    frames: int = 24
    disagreements: int = 12
    points: int = 300

    def __post_init__(self) -> None:
        if self.frames < 1 or self.disagreements < 0 or self.points < 2:
            raise ValueError(f"no page can be made within {self}")


@dataclass
class Series:
    """The times of one mode, frame by frame: s since the first frame, and ms."""

    at: array[float] = field(default_factory=lambda: array("d"))
    latency: array[float] = field(default_factory=lambda: array("d"))
    first_action: array[float] = field(default_factory=lambda: array("d"))


@dataclass
class Survey:
    """What one look at the records gives.

    Attributes:
        frames: Number of records seen.
        span: Seconds from the first frame to the last.
        series: Times by mode.
        differing: How many frames disagree, by kind as in `DIFFERENCES`.
        shown: The frames that the page shows, in order.
        reasons: Number of a shown frame to its kinds of disagreement.
    """

    frames: int = 0
    span: float = 0.0
    series: dict[str, Series] = field(default_factory=dict)
    differing: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DIFFERENCES, 0))
    shown: list[FrameRecord] = field(default_factory=list)
    reasons: dict[int, tuple[str, ...]] = field(default_factory=dict)


def survey(records: Iterable[FrameRecord], total: int, limits: ReportLimits) -> Survey:
    """Looks at every record once and keeps what the page needs.

    Args:
        records: In the order of the bag.
        total: How many there are, for spreading the shown ones evenly.
    """
    found = Survey()
    wanted = evenly(total, limits.frames)
    first_stamp: float | None = None
    for index, record in enumerate(records):
        first_stamp = record.stamp if first_stamp is None else first_stamp
        found.frames += 1
        found.span = max(found.span, record.stamp - first_stamp)
        for turn in record.turns:
            _note_times(found, turn, record.stamp - first_stamp)
        kinds = differences(record)
        telling = False
        for kind in kinds:
            found.differing[kind] += 1
            telling = telling or found.differing[kind] <= limits.disagreements
        if index in wanted or telling:
            found.shown.append(record)
            found.reasons[record.frame] = kinds
    return found


def differences(record: FrameRecord) -> tuple[str, ...]:
    """Returns in which ways the texts of one frame disagree; keys of `DIFFERENCES`."""
    exact = {turn.text for turn in record.turns if turn.text and turn.mode != INEXACT}
    draft_alone = {turn.text for turn in record.turns if turn.text and turn.mode == INEXACT}
    kinds = []
    if len(exact) > 1:
        kinds.append("modes")
    if any(turn.agrees in ("action", "no") for turn in record.turns if turn.mode != INEXACT):
        kinds.append("recording")
    if any(turn.error for turn in record.turns):
        kinds.append("failed")
    if exact and not draft_alone <= exact:
        kinds.append("edge")
    return tuple(kinds)


def evenly(total: int, wanted: int) -> frozenset[int]:
    """Returns at most `wanted` indices below `total`, first and last among them if they fit."""
    if total <= wanted:
        return frozenset(range(total))
    if wanted == 1:
        return frozenset({0})
    return frozenset(round(step * (total - 1) / (wanted - 1)) for step in range(wanted))


def telling_frame(shown: Iterable[FrameRecord]) -> FrameRecord | None:
    """Returns the frame for the timelines: of those all modes decoded, the one of middling time."""
    whole = [
        record
        for record in shown
        if record.turns and all(turn.latency_ms is not None for turn in record.turns)
    ]
    ordered = sorted(whole, key=lambda record: sum(turn.latency_ms or 0.0 for turn in record.turns))
    return ordered[len(ordered) // 2] if ordered else None


def _note_times(found: Survey, turn: TurnRecord, at: float) -> None:
    series = found.series.setdefault(turn.mode, Series())
    if turn.latency_ms is not None:
        series.at.append(at)
        series.latency.append(turn.latency_ms)
        if turn.first_action_ms is not None:
            series.first_action.append(turn.first_action_ms)
