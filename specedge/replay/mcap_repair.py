"""Makes an MCAP file readable that has lost its end, or names no profile.

A recorder that was killed leaves records up to some byte, no index and no footer. rosbags reads
a file without an index by scanning it, as long as a footer says that there is none.
Format: https://mcap.dev/spec.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from specedge.replay.errors import BagUnreadable
from specedge.replay.mended_file import MendedFile

MAGIC = b"\x89MCAP0\r\n"
HEADER, FOOTER, DATA_END = 0x01, 0x02, 0x0F
_RECORD = struct.Struct("<BQ")
_FOOTER = _RECORD.pack(FOOTER, 20) + bytes(20) + MAGIC
"""A footer that points to no summary, and the closing magic."""


def mend_mcap(path: Path) -> MendedFile | None:
    """Returns a readable view of a file, or None when it needs none.

    Raises:
        BagUnreadable: it is no MCAP file, or one of something else than ROS 2.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise BagUnreadable(f"{path} is no MCAP file: it does not begin like one")
        profile, start = _header(file, path)
        whole = _ends_well(file)
        if profile not in ("ros2", ""):
            raise BagUnreadable(
                f"{path} holds {profile} messages; only MCAP files of ROS 2 can be replayed"
            )
        if whole and profile == "ros2":
            return None
        end, size = _last_record(file, start)
    # A profile is a promise about the messages; without one, their own encoding has to tell.
    head = MAGIC + _record(HEADER, _string("ros2") + _string("mended"))
    fault = "" if whole else f"it ends in the middle of a record, {end} of {size} bytes are whole"
    return MendedFile(path, head, start, end, _FOOTER, fault)


def _header(file: BinaryIO, path: Path) -> tuple[str, int]:
    """Returns the profile, and where the records after the header begin."""
    opcode, size = _next(file) or (0, 0)
    content = file.read(size) if size < 1 << 16 else b""
    if opcode != HEADER or len(content) < max(size, 4):
        raise BagUnreadable(f"{path} ends before its first message")
    (length,) = struct.unpack_from("<I", content)
    return content[4 : 4 + length].decode(errors="replace"), file.tell()


def _ends_well(file: BinaryIO) -> bool:
    if file.seek(0, 2) < len(_FOOTER):
        return False
    file.seek(-len(_FOOTER), 2)
    end = file.read()
    return end.startswith(_RECORD.pack(FOOTER, 20)) and end.endswith(MAGIC)


def _last_record(file: BinaryIO, start: int) -> tuple[int, int]:
    """Returns where the last whole record of the data section ends, and the file's size."""
    size = file.seek(0, 2)
    end = file.seek(start)
    while record := _next(file):
        opcode, length = record
        if opcode in (0, FOOTER, DATA_END) or file.tell() + length > size:
            break
        end = file.seek(length, 1)
    return end, size


def _next(file: BinaryIO) -> tuple[int, int] | None:
    head = file.read(_RECORD.size)
    if len(head) < _RECORD.size:
        return None
    opcode, length = _RECORD.unpack(head)
    return opcode, length


def _record(opcode: int, content: bytes) -> bytes:
    return _RECORD.pack(opcode, len(content)) + content


def _string(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode()
