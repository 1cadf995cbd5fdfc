"""Tells one model from another by its files, without loading it."""

from __future__ import annotations

import hashlib
from pathlib import Path

_SUFFIXES = (".safetensors", ".json", ".bin", ".model", ".txt", ".jinja")
"""Of files that decide what a model says."""
_PIECE = 1 << 20
"""Bytes read at once."""
_LARGE = 1 << 28
"""Size in bytes from which on only both ends of a file are read."""
_TRAINED_AFTER = ("exits", "ahead")
"""Stems of files that are trained on a finished model, and often saved into its folder."""


def fingerprint(folder: Path) -> str:
    """Returns a hexadecimal SHA-256 over names and contents of a model's files.

    Two folders with equal fingerprints give the same text for the same input on the same machine.
    An empty text stands for a folder that holds no model, such as a name on the Hugging Face hub.
    """
    return _of(_files(folder))


def own_fingerprint(folder: Path) -> str:
    """Returns the same over a model's own files: not those of its exits and drafting head."""
    return _of([path for path in _files(folder) if path.stem not in _TRAINED_AFTER])


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in _SUFFIXES)


def _of(files: list[Path]) -> str:
    if not files:
        return ""
    total = hashlib.sha256()
    for path in files:
        total.update(path.name.encode() + b"\0")
        total.update(_content(path))
    return total.hexdigest()


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    content = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        if size > _LARGE:
            # Another training changes weights everywhere, so both ends tell as much as all of it.
            content.update(file.read(_PIECE))
            file.seek(-_PIECE, 2)
        while piece := file.read(_PIECE):
            content.update(piece)
    return content.digest()
