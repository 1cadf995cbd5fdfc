"""A replay's records on disk, so that memory does not grow with the bag."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from specedge.replay.records import FrameRecord, ReplaySetup, Totals

Pictures = Callable[[Collection[int]], Iterator[tuple[int, bytes]]]
"""Given frame numbers, yields each with its JPEG, in the order of the bag."""


@dataclass(frozen=True)
class ReplayResult:
    """A finished or interrupted replay.

    Attributes:
        setup: What made the figures.
        totals: All frames together.
        partial: Whether it was interrupted.
        records: File with one JSON `FrameRecord` per line.
        pictures: Reads pictures of frames out of the bag again.
    """

    setup: ReplaySetup
    totals: Totals
    partial: bool
    records: Path
    pictures: Pictures

    def frames(self) -> Iterator[FrameRecord]:
        """Yields the frames in the order of the bag, one at a time."""
        with self.records.open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line, type=FrameRecord)
