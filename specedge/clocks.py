"""How far the clocks of two machines may be apart."""

from __future__ import annotations

CLOCKS_APART = 0.2
"""Seconds by which a picture may be newer than now, for clocks of two machines never agree."""


def stamped_ahead(what: str, seconds: float) -> str:
    """Says that something is newer than it can be, and what to do about it."""
    return (
        f"{what} stamped {seconds:.1f} s ahead of the clock here; synchronise the machines' clocks"
    )
