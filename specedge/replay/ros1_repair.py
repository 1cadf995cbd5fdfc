"""Makes a ROS 1 bag readable that was never closed, and so has no index.

Chunks stand in the file one after the other, each followed by where its messages are. What a
closed bag has beside that, the list of connections and of chunks, is made again from them, as
``rosbag reindex`` does. Format: https://wiki.ros.org/Bags/Format/2.0.
"""

from __future__ import annotations

import bz2
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from specedge.replay.errors import BagUnreadable
from specedge.replay.mended_file import MendedFile

MAGIC = b"#ROSBAG V2.0\n"
_BAG, _INDEX, _CHUNK, _CHUNK_INFO, _CONNECTION = 3, 4, 5, 6, 7

Fields = dict[bytes, bytes]


@dataclass
class _Chunk:
    position: int
    counts: dict[int, int] = field(default_factory=dict)
    first: tuple[int, int] = (2**32 - 1, 0)
    last: tuple[int, int] = (0, 0)


def mend_ros1(path: Path) -> MendedFile | None:
    """Returns a readable view of a bag, or None when it needs none.

    Raises:
        BagUnreadable: it is no ROS 1 bag, or ends before its first chunk does.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise BagUnreadable(f"{path} is no ROS 1 bag: it does not begin like one")
        start = file.tell()
        size = file.seek(0, 2)
        file.seek(start)
        header = next(_records(file, size), None)
        if header is None or header[0].get(b"op") != bytes([_BAG]):
            raise BagUnreadable(f"{path} ends before its first message")
        (index,) = struct.unpack("<Q", header[0][b"index_pos"])
        if 0 < index <= size and _index_is_whole(file, header[0], index, size):
            return None
        body = header[2]
        chunks, connections, end = _scan(file, size, body)
    fields = {
        **header[0],
        b"index_pos": struct.pack("<Q", end),
        b"conn_count": struct.pack("<I", len(connections)),
        b"chunk_count": struct.pack("<I", len(chunks)),
    }
    # The record keeps its length, so that every position after it stays right.
    head = MAGIC + _record(fields, header[1])
    tail = b"".join([*connections.values(), *map(_chunk_info, chunks)])
    fault = f"it was not closed, {end} of {size} bytes are whole"
    return MendedFile(path, head, body, end, tail, fault)


def _index_is_whole(file: BinaryIO, header: Fields, index: int, size: int) -> bool:
    wanted = sum(struct.unpack("<I", header[name])[0] for name in (b"conn_count", b"chunk_count"))
    file.seek(index)
    whole = sum(1 for _ in _records(file, size)) >= wanted
    file.seek(0)
    return whole


def _scan(file: BinaryIO, size: int, start: int) -> tuple[list[_Chunk], dict[int, bytes], int]:
    """Returns the whole chunks, the connections by number, and where the last of them ends."""
    chunks: list[_Chunk] = []
    connections: dict[int, bytes] = {}
    end = position = start
    file.seek(start)
    for fields, data, after in _records(file, size):
        kind = fields.get(b"op", b"\0")[0]
        if kind == _CHUNK:
            chunks.append(_Chunk(position))
            connections |= _connections(fields[b"compression"], data)
        elif kind == _INDEX and chunks:
            _count(chunks[-1], fields, data)
        else:
            break
        end = position = after
    return chunks, connections, end


def _count(chunk: _Chunk, fields: Fields, data: bytes) -> None:
    (connection,) = struct.unpack("<I", fields[b"conn"])
    times = [(seconds, rest) for seconds, rest, _ in struct.iter_unpack("<III", data)]
    chunk.counts[connection] = len(times)
    chunk.first = min(chunk.first, *times)
    chunk.last = max(chunk.last, *times)


def _connections(compression: bytes, data: bytes) -> dict[int, bytes]:
    """Returns the connection records of a chunk, as they stand there."""
    if compression == b"bz2":
        data = bz2.decompress(data)
    elif compression == b"lz4":
        from lz4.frame import decompress  # type: ignore[import-untyped]

        data = decompress(data)
    found = {}
    for fields, content, _ in _records(io.BytesIO(data), len(data)):
        if fields.get(b"op") == bytes([_CONNECTION]):
            found[struct.unpack("<I", fields[b"conn"])[0]] = _record(fields, content)
    return found


def _chunk_info(chunk: _Chunk) -> bytes:
    fields = {
        b"op": bytes([_CHUNK_INFO]),
        b"ver": struct.pack("<I", 1),
        b"chunk_pos": struct.pack("<Q", chunk.position),
        b"start_time": struct.pack("<II", *chunk.first),
        b"end_time": struct.pack("<II", *chunk.last),
        b"count": struct.pack("<I", len(chunk.counts)),
    }
    return _record(fields, b"".join(struct.pack("<II", *pair) for pair in chunk.counts.items()))


def _records(file: BinaryIO, size: int) -> Iterator[tuple[Fields, bytes, int]]:
    """Yields whole records from here on: header fields, data, and where the next one begins."""
    while True:
        header = _block(file, size)
        data = _block(file, size)
        if header is None or data is None:
            return
        yield _fields(header), data, file.tell()


def _block(file: BinaryIO, size: int) -> bytes | None:
    prefix = file.read(4)
    if len(prefix) < 4:
        return None
    (length,) = struct.unpack("<I", prefix)
    return file.read(length) if file.tell() + length <= size else None


def _fields(header: bytes) -> Fields:
    fields = {}
    position = 0
    while position + 4 <= len(header):
        (length,) = struct.unpack_from("<I", header, position)
        name, _, value = header[position + 4 : position + 4 + length].partition(b"=")
        fields[name] = value
        position += 4 + length
    return fields


def _record(fields: Fields, data: bytes) -> bytes:
    header = b"".join(
        struct.pack("<I", len(name) + 1 + len(value)) + name + b"=" + value
        for name, value in fields.items()
    )
    return struct.pack("<I", len(header)) + header + struct.pack("<I", len(data)) + data
