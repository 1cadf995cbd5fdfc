"""Opens bags of any kind: rosbag2 in MCAP or sqlite3, whole or damaged, and ROS 1."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
from backports import zstd
from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.highlevel.anyreader import ReaderErrors

from specedge.errors import SpecedgeError
from specedge.replay.bag_files import Opened, find_files
from specedge.replay.errors import BagUnreadable, ReplayError
from specedge.ros.definitions import typestore

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
"""Begins a message that was compressed by itself; CDR begins with 00."""

NANOSECONDS = 1_000_000_000

_READING_ERRORS = (
    AnyReaderError,
    *ReaderErrors,
    apsw.Error,
    struct.error,
    zstd.ZstdError,
    EOFError,
    OSError,
    TypeError,
    ValueError,
    KeyError,
    RuntimeError,
    AssertionError,
)
"""Everything that rosbags and what it is made of raise on bytes that are not as they should."""


class BadMessage(ReplayError):
    """The bytes of a message do not fit its type."""


@dataclass(frozen=True)
class BagMessage:
    """One message as it lies in the bag.

    Attributes:
        received: When it was recorded, in nanoseconds since 1970.
        data: Serialised.
        read: Deserialises it.
    """

    topic: str
    received: int
    data: bytes
    read: Callable[[], Any]


class Bag:
    """An open bag; a context manager.

    Args:
        path: A rosbag2 folder, a single file of one, a ROS 1 bag, or a run folder of ours.

    Attributes:
        path: What was opened.
        types: Type of each topic, such as ``sensor_msgs/msg/Image``.
        counts: Messages of each topic, as far as the bag tells.

    Raises:
        BagUnreadable: it is none of these, or nothing of it can be read.
    """

    def __init__(self, path: Path) -> None:
        self._stack = contextlib.ExitStack()
        try:
            self._files: Opened = find_files(path, self._stack)
            self._reader = self._open()
        except BaseException:
            self._stack.close()
            raise
        self.path = self._files.path
        self._faults = list(self._files.faults)
        self._first: int | None = None
        self._last = 0
        topics = {connection.topic: connection for connection in self._reader.connections}
        self.types = {name: connection.msgtype for name, connection in topics.items()}
        self.counts = {name: info.msgcount for name, info in self._reader.topics.items()}

    def __enter__(self) -> Bag:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes its files and removes what was unpacked for it."""
        self._stack.close()

    @property
    def first(self) -> int:
        """When the first message was recorded, in nanoseconds since 1970; 0 for an empty bag."""
        return self._reader.start_time if self._reader.message_count else 0

    def messages(self, topics: tuple[str, ...], start: int | None = None) -> Iterator[BagMessage]:
        """Yields messages in the order of their recording, up to where the bag is readable.

        Args:
            topics: Which ones.
            start: Leaves out what was recorded before that, in nanoseconds since 1970.
        """
        chosen = [c for c in self._reader.connections if c.topic in topics]
        if not chosen:
            return
        try:
            for connection, received, data in self._reader.messages(chosen, start=start):
                content = _unpacked(data)
                self._first = received if self._first is None else min(self._first, received)
                self._last = max(self._last, received)
                reader = self._deserialiser(content, connection.msgtype, connection.topic)
                yield BagMessage(connection.topic, received, content, reader)
        except SpecedgeError:
            raise
        except _READING_ERRORS as error:
            fault = f"it is damaged: {error}"
            if fault not in self._faults:
                self._faults.append(fault)

    def endings(self) -> tuple[str, ...]:
        """Says in one line each what is wrong with the bag, and where reading it ended."""
        if self._first is None:
            return tuple(f"{self.path}: {fault}; nothing was read" for fault in self._faults)
        seconds = (self._last - self._first) / NANOSECONDS
        return tuple(
            f"{self.path}: {fault}; read until {seconds:.2f} s after its first message"
            for fault in self._faults
        )

    def _open(self) -> AnyReader:
        try:
            reader = AnyReader(self._files.paths, default_typestore=typestore())
            return self._stack.enter_context(reader)
        except _READING_ERRORS as error:
            raise BagUnreadable(f"{self._files.path} cannot be read: {error}") from error

    def _deserialiser(self, data: bytes, kind: str, topic: str) -> Callable[[], Any]:
        def read() -> Any:
            try:
                return self._reader.deserialize(data, kind)
            except Exception as error:
                raise BadMessage(f"{topic}: a message is no {kind}: {error}") from error

        return read


def _unpacked(data: bytes) -> bytes:
    if bytes(data[:4]) != _ZSTD_MAGIC:
        return data
    return zstd.decompress(data)
