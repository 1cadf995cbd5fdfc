"""A replay's records on disk, so that memory does not grow with the bag."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from specedge.replay.records import FrameRecord, ReplaySetup, Totals, TurnRecord

RECORDS_FILE = "records.jsonl"

Pictures = Callable[[Collection[int]], Iterator[tuple[int, bytes]]]
"""Given frame numbers, yields each with its JPEG, in the order of the bag."""

_LEFT_OUT = ("events", "trace")
"""Parts of a turn that only a timeline needs."""


class RecordWriter:
    """Appends records to a file, each as one line; a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = path.open("wb")
        self._encoder = msgspec.json.Encoder()

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, frame: FrameRecord) -> None:
        """Appends one frame."""
        self._file.write(self._encoder.encode(frame) + b"\n")


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
        decoder = msgspec.json.Decoder(FrameRecord)
        with self.records.open("rb") as lines:
            for line in lines:
                yield decoder.decode(line)


def write_json(result: ReplayResult, path: Path) -> None:
    """Writes everything but the timelines as one JSON document.

    Each frame has the figures of the first mode beside ``stamp`` and ``goal``, and those of every
    mode under ``modes``. The file appears under its name when it is whole.
    """
    begun = path.with_name(f"{path.name}.part")
    encoder = msgspec.json.Encoder()
    with begun.open("wb") as file:
        file.write(b'{"setup": ' + encoder.encode(result.setup))
        file.write(b',\n"partial": ' + encoder.encode(result.partial))
        file.write(b',\n"totals": ' + encoder.encode(result.totals))
        file.write(b',\n"frames": [')
        for number, frame in enumerate(result.frames()):
            file.write(b",\n" if number else b"\n")
            file.write(encoder.encode(_flat(frame)))
        file.write(b"\n]}\n")
    os.replace(begun, path)


def _flat(frame: FrameRecord) -> dict[str, Any]:
    modes = {turn.mode: _without_timeline(turn) for turn in frame.turns}
    fields = msgspec.structs.asdict(frame)
    del fields["turns"]
    first = next(iter(modes.values()), {})
    return {**fields, **first, "modes": modes}


def _without_timeline(turn: TurnRecord) -> dict[str, Any]:
    fields = msgspec.structs.asdict(turn)
    for name in _LEFT_OUT:
        del fields[name]
    return fields
