"""Which files make up a bag, mended or unpacked where that is needed."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from backports import zstd

from specedge.replay import sqlite_repair
from specedge.replay.errors import BagUnreadable
from specedge.replay.mcap_repair import mend_mcap
from specedge.replay.mended_file import MendedFile
from specedge.replay.ros1_repair import mend_ros1

METADATA = "metadata.yaml"
STORAGE_SUFFIXES = (".mcap", ".db3", ".bag")
PACKED_SUFFIX = ".zstd"


@dataclass(frozen=True)
class Opened:
    """What to give to rosbags.

    Attributes:
        path: The bag, for messages.
        paths: A folder with metadata, or storage files.
        faults: What is wrong with it, one line each.
    """

    path: Path
    paths: tuple[Path | MendedFile, ...]
    faults: tuple[str, ...] = ()


def find_files(path: Path, stack: contextlib.ExitStack) -> Opened:
    """Finds the files of a bag.

    Args:
        path: A rosbag2 folder, one of its files, a ROS 1 bag, or a run folder with ``bag`` in it.
        stack: Owns what is unpacked.

    Raises:
        BagUnreadable: there is no bag, or a file of it is none.
    """
    if not path.exists():
        raise BagUnreadable(f"there is no bag {path}")
    if path.is_file():
        return _mended(path, [path], stack)
    if not _storage_files(path) and (path / "bag").is_dir():
        path = path / "bag"
    files = _storage_files(path)
    if not files:
        known = ", ".join(STORAGE_SUFFIXES)
        raise BagUnreadable(f"{path} is no bag: there is no {known} file in it")
    if not (path / METADATA).is_file():
        mended = _mended(path, files, stack)
        # ROS 1 has no such file.
        lacks = files[0].suffix != ".bag"
        fault = (f"its {METADATA} is missing, so it was not closed",)
        return mended if mended.faults or not lacks else replace(mended, faults=fault)
    mended = _mended(path, files, stack)
    # A file that is as it was needs what the metadata tell of its compression.
    return Opened(path, (path,)) if mended.paths == tuple(files) else mended


def _storage_files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.iterdir()
        if file.name.removesuffix(PACKED_SUFFIX).endswith(STORAGE_SUFFIXES)
    )


def _mended(path: Path, files: list[Path], stack: contextlib.ExitStack) -> Opened:
    faults = []
    usable: list[Path | MendedFile] = []
    for file in files:
        unpacked, fault = _unpacked(file, stack)
        try:
            view, damage = _view(unpacked, stack)
        except BagUnreadable as error:
            if unpacked == file:
                raise
            raise BagUnreadable(f"{file}: {fault or error}") from error
        usable.append(view)
        faults += [f"{file.name}: {text}" for text in (fault, damage) if text]
    return Opened(path, tuple(usable), tuple(faults))


def _view(file: Path, stack: contextlib.ExitStack) -> tuple[Path | MendedFile, str]:
    if file.suffix == ".db3":
        if sqlite_repair.is_whole(file):
            return file, ""
        return sqlite_repair.rescue(file, _folder(stack)), "it has lost its end"
    if file.suffix not in STORAGE_SUFFIXES:
        known = ", ".join(STORAGE_SUFFIXES)
        raise BagUnreadable(f"{file} is no bag; bags are folders, or end in {known}")
    mended = mend_mcap(file) if file.suffix == ".mcap" else mend_ros1(file)
    return (file, "") if mended is None else (mended, mended.fault)


def _unpacked(file: Path, stack: contextlib.ExitStack) -> tuple[Path, str]:
    """Returns a file without its outer compression, and what was wrong with that."""
    if file.suffix != PACKED_SUFFIX:
        return file, ""
    target = _folder(stack) / file.stem
    with zstd.open(file, "rb") as packed, target.open("wb") as plain:
        try:
            shutil.copyfileobj(packed, plain)
        except (EOFError, zstd.ZstdError) as error:
            return target, f"it cannot be unpacked to its end ({error})"
    return target, ""


def _folder(stack: contextlib.ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="specedge-bag-")))
