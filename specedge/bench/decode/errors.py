"""What can be wrong with a measurement."""

from __future__ import annotations

from specedge.errors import SpecedgeError


class BadBench(SpecedgeError):
    """``specedge bench decode`` was asked for something that cannot be."""
