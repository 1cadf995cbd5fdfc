"""Length-prefixed frames over a pipe: four bytes of length, little-endian, then the payload."""

from __future__ import annotations

import os
import struct

from specedge.robot.errors import MessageMalformed

_LENGTH = struct.Struct("<I")
LARGEST_FRAME = 16 * 1024 * 1024
"""Bytes; a longer one means that something else writes to the pipe."""


def frame(payload: bytes) -> bytes:
    """Returns a payload with its length in front."""
    return _LENGTH.pack(len(payload)) + payload


def write_all(descriptor: int, data: bytes) -> None:
    """Writes everything to a blocking file descriptor.

    Raises:
        OSError: the other end is gone.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class FrameReader:
    """Reads frames from a file descriptor; used by one thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._buffer = bytearray()

    def read(self) -> bytes | None:
        """Returns the next payload, blocking for it, or None at the end of the stream.

        Raises:
            MessageMalformed: what is read cannot be a frame.
            OSError: the descriptor was closed.
        """
        if not self._fill(_LENGTH.size):
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > LARGEST_FRAME:
            raise MessageMalformed(
                f"a frame of {length} bytes was announced on a pipe of ours; "
                "both ends must be the same release, and nothing else may write to it"
            )
        if not self._fill(_LENGTH.size + length):
            return None
        payload = bytes(self._buffer[_LENGTH.size : _LENGTH.size + length])
        del self._buffer[: _LENGTH.size + length]
        return payload

    def _fill(self, size: int) -> bool:
        while len(self._buffer) < size:
            data = os.read(self._descriptor, 65536)
            if not data:
                return False
            self._buffer += data
        return True
