"""Files that results are written to: what cannot be written is told before the work is done."""

from __future__ import annotations

import os
from pathlib import Path

from specedge.errors import SpecedgeError


class CannotWrite(SpecedgeError):
    """A result cannot be written where it shall go."""


def require_writable(option: str, file: Path | None) -> None:
    """Makes sure that a file can be written, as far as that can be told before.

    Args:
        option: That named it, such as ``--json``.
        file: None for no file.

    Raises:
        CannotWrite: its folder is missing, it is a folder itself, or this user may not write it.
    """
    if file is None:
        return
    folder = file.resolve().parent
    if not folder.is_dir():
        raise CannotWrite(f"{option} {file}: there is no such folder")
    if file.is_dir():
        raise CannotWrite(f"{option} {file} is a folder; give the name of a file")
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise CannotWrite(f"{option} {file}: this user may not write there")


def require_folder(option: str, folder: Path | None) -> None:
    """Makes a folder that results go to, unless it is there.

    Args:
        option: That named it, such as ``--out``.
        folder: None for no folder.

    Raises:
        CannotWrite: it cannot be made, or this user may not write there.
    """
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"{option} {folder} cannot be made: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise CannotWrite(f"{option} {folder}: this user may not write there")
