"""Copies what can be read of a sqlite3 bag that has lost its end."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from pathlib import Path

from specedge.replay.errors import BagUnreadable

MAGIC = b"SQLite format 3\0"
_HEADER_SIZE = 100
_NEEDED = ("schema", "topics", "message_definitions")
"""Tables without which the messages mean nothing."""
_PIECE = 1 << 20
"""Bytes copied at once."""


def is_whole(path: Path) -> bool:
    """Whether a database has all the pages that its header counts.

    Raises:
        BagUnreadable: it is no database.
    """
    page_size, pages = _pages(path)
    return path.stat().st_size >= pages * page_size


def rescue(path: Path, folder: Path) -> Path:
    """Copies the readable messages of a damaged database into a new one in a folder.

    Raises:
        BagUnreadable: not even its tables can be read.
    """
    begun = _whole_pages(path, folder / "begun")
    copy = folder / path.name
    with contextlib.ExitStack() as stack:
        damaged = stack.enter_context(contextlib.closing(sqlite3.connect(begun)))
        whole = stack.enter_context(contextlib.closing(sqlite3.connect(copy)))
        try:
            # Without it, sqlite3 refuses a file that is shorter than its header says.
            damaged.execute("PRAGMA writable_schema=ON")
            tables = damaged.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql NOT NULL "
                "AND name NOT LIKE 'sqlite_%' ORDER BY name = 'messages'"
            ).fetchall()
            for name, statement in tables:
                whole.execute(statement)
                _copy(damaged, whole, name)
            whole.execute("CREATE INDEX timestamp_idx ON messages (timestamp ASC)")
        except sqlite3.Error as error:
            raise BagUnreadable(f"{path} is damaged beyond reading: {error}") from error
        whole.commit()
    begun.unlink()
    return copy


def _pages(path: Path) -> tuple[int, int]:
    """Returns the size of a page, and how many of them the header counts."""
    with path.open("rb") as file:
        header = file.read(_HEADER_SIZE)
    if not header.startswith(MAGIC) or len(header) < _HEADER_SIZE:
        raise BagUnreadable(f"{path} is no sqlite3 bag: it does not begin like a database")
    # https://www.sqlite.org/fileformat.html, "The Database Header": 1 stands for 65536.
    (page_size,) = struct.unpack_from(">H", header, 16)
    (pages,) = struct.unpack_from(">I", header, 28)
    return (65536 if page_size == 1 else page_size), pages


def _whole_pages(path: Path, copy: Path) -> Path:
    """Copies the pages that are all there; sqlite3 would read zeros behind half of one."""
    page_size, _ = _pages(path)
    left = path.stat().st_size // page_size * page_size
    with path.open("rb") as source, copy.open("wb") as target:
        while left:
            left -= target.write(source.read(min(left, _PIECE)))
    return copy


def _copy(damaged: sqlite3.Connection, whole: sqlite3.Connection, table: str) -> None:
    """Copies rows until one cannot be read."""
    try:
        rows = damaged.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
        places = ", ".join("?" for _ in rows.description)
        for row in rows:
            whole.execute(f'INSERT INTO "{table}" VALUES ({places})', row)
    except sqlite3.DatabaseError:
        if table in _NEEDED:
            raise
