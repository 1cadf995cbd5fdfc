"""Where the files that ship with specedge lie, in a checkout and when installed."""

from __future__ import annotations

import sys
from pathlib import Path

from specedge.errors import SpecedgeError


class SharedFileMissing(SpecedgeError):
    """A file or folder that ships with specedge is not where an installation puts it."""


def shared(*parts: str) -> Path:
    """Returns the path of a shipped file or folder, such as ``shared("config")``.

    A checkout keeps them at its root; setup.py installs them under ``share/specedge`` of the
    installation prefix, which is also where ament looks.

    Raises:
        SharedFileMissing: neither place has it.
    """
    package = Path(__file__).resolve().parent
    prefixes = [package.parent, Path(sys.prefix) / "share" / "specedge"]
    # Under colcon the package lies in <prefix>/lib/python3.X/site-packages/specedge.
    prefixes += [parent / "share" / "specedge" for parent in package.parents]
    for prefix in prefixes:
        candidate = prefix.joinpath(*parts)
        if candidate.exists():
            return candidate
    raise SharedFileMissing(
        f"{'/'.join(parts)} is not in this installation; install specedge again, "
        "or run from a checkout"
    )
