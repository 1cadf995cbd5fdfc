"""A damaged file seen with another beginning and end, without writing a copy of it."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MendedFile:
    """Stands for a path where rosbags opens one: ``head``, then part of the file, then ``tail``.

    Attributes:
        path: The damaged file.
        head: What the view begins with.
        start, end: The bytes of the file that follow.
        tail: What the view ends with.
        fault: What is wrong with the file, for a person.
    """

    path: Path
    head: bytes
    start: int
    end: int
    tail: bytes
    fault: str

    def __str__(self) -> str:
        return str(self.path)

    @property
    def suffix(self) -> str:
        """As of a path; tells rosbags the format."""
        return self.path.suffix

    @property
    def name(self) -> str:
        """As of a path."""
        return self.path.name

    def exists(self) -> bool:
        """As of a path."""
        return self.path.exists()

    def is_dir(self) -> bool:
        """As of a path."""
        return False

    def open(self, mode: str = "rb") -> io.BufferedReader:
        """Opens the view for reading."""
        if mode != "rb":
            raise ValueError("a mended file can only be read")
        return io.BufferedReader(_View(self))


class _View(io.RawIOBase):
    def __init__(self, mended: MendedFile) -> None:
        super().__init__()
        self._file = mended.path.open("rb", buffering=0)
        self._mended = mended
        self._middle = len(mended.head)
        self._after = self._middle + mended.end - mended.start
        self._size = self._after + len(mended.tail)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._piece(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def _piece(self, size: int) -> bytes:
        at = self._position
        if at < self._middle:
            return self._mended.head[at : at + size]
        if at < self._after:
            self._file.seek(self._mended.start + at - self._middle)
            return self._file.read(min(size, self._after - at))
        return self._mended.tail[at - self._after : at - self._after + size]
