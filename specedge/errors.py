"""The root of every error that specedge raises on purpose."""

from __future__ import annotations


class SpecedgeError(Exception):
    """An error whose message names the cause and the mend in one line."""
