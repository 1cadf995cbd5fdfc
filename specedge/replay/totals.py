"""Sums up records as they come, without keeping them."""

from __future__ import annotations

import itertools
import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from specedge.replay.agreement import AgreementCount, compare
from specedge.replay.records import (
    Agreement,
    FrameRecord,
    ModeTotals,
    Spread,
    Totals,
    TurnRecord,
)
from specedge.stack.summary import percentile

_COUNTS = (
    "tokens",
    "forced",
    "target_passes",
    "drafted",
    "accepted",
    "hits",
    "misses",
    "bytes_up",
    "bytes_down",
)
_SPLIT = ("draft_ms", "link_ms", "queue_ms", "verify_ms")


class Tally:
    """Everything that a replay reports in total.

    Args:
        modes: The modes that are compared, in order.

    Attributes:
        frames: How many frames it has taken.
    """

    def __init__(self, modes: Sequence[str]) -> None:
        self.frames = 0
        self._modes = {mode: _ModeTally(mode) for mode in modes}
        self._pairs = {pair: AgreementCount() for pair in itertools.combinations(modes, 2)}

    def add(self, frame: FrameRecord) -> None:
        """Takes one frame."""
        self.frames += 1
        spoken = {}
        for turn in frame.turns:
            self._modes[turn.mode].add(turn)
            if turn.text:
                spoken[turn.mode] = turn
        for (one, two), count in self._pairs.items():
            if one in spoken and two in spoken:
                first, second = spoken[one], spoken[two]
                count.add(compare(first.text, first.actions, second.text, second.actions))

    def totals(self, skipped: int, unreadable: int, problems: Iterable[str]) -> Totals:
        """Returns the sums.

        Args:
            skipped, unreadable, problems: As in `Totals`.
        """
        between: dict[str, Agreement] = {
            f"{one}/{two}": count.result() for (one, two), count in self._pairs.items()
        }
        return Totals(
            frames=self.frames,
            skipped=skipped,
            unreadable=unreadable,
            modes=tuple(tally.totals() for tally in self._modes.values()),
            between_modes=between,
            problems=tuple(problems),
        )


class _ModeTally:
    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._turns = self._failed = self._late = self._dropped = 0
        self._counts: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        # Eight bytes a turn, so that a long bag costs little.
        self._values: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
        self._exits: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
        self._recording = AgreementCount()

    def add(self, turn: TurnRecord) -> None:
        self._late += turn.late
        self._dropped += turn.dropped
        self._failed += bool(turn.error)
        if not turn.text:
            return
        self._turns += 1
        for name in _COUNTS:
            self._counts[name] += getattr(turn, name)
        self._sources.update(turn.sources)
        for name in ("latency_ms", "first_action_ms"):
            self._note(name, getattr(turn, name))
        for name in _SPLIT:
            self._note(name, getattr(turn.split, name))
        for layer, share in turn.exit_agreement.items():
            self._exits[layer].append(share)
        if turn.agrees is not None:
            self._recording.add(turn.agrees)

    def totals(self) -> ModeTotals:
        counts = self._counts
        measured: dict[str, Any] = {
            name: self._spread(name) for name in ("latency_ms", "first_action_ms", *_SPLIT)
        }
        measured.update({name: counts[name] for name in _COUNTS})
        settled = counts["hits"] + counts["misses"]
        return ModeTotals(
            mode=self._mode,
            turns=self._turns,
            failed=self._failed,
            late=self._late,
            dropped=self._dropped,
            **measured,
            acceptance=counts["accepted"] / counts["drafted"] if counts["drafted"] else None,
            hit_rate=counts["hits"] / settled if settled else None,
            exit_agreement={layer: _mean(shares) for layer, shares in sorted(self._exits.items())},
            sources=dict(self._sources),
            with_recording=self._recording.result(),
        )

    def _note(self, name: str, value: float | None) -> None:
        if value is not None:
            self._values[name].append(value)

    def _spread(self, name: str) -> Spread:
        values = self._values.get(name)
        if not values:
            return Spread()
        return Spread(percentile(values, 0.5), percentile(values, 0.9), _mean(values))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
