"""A way out of circles: a robot that sees the same says the same, and then sees it again."""

from __future__ import annotations

from collections import Counter

PATIENCE = 2
"""Times that a command follows the same one before what comes next is decided by lot."""
LOT = 1.0
"""Temperature of a decision by lot: each command comes as often as the model thinks it right."""


class Circles:
    """Which command followed which, in the pursuit of one goal.

    By the likeliest tokens alone, a robot turns to what it takes for its goal, does not see it from
    there, turns back, and takes it for its goal again, for ever. Once it has, all that follows is
    decided by lot until the goal has ended: the next circle would be the same one.
    """

    def __init__(self) -> None:
        self._followed: Counter[tuple[str, str]] = Counter()
        self._found = False

    def note(self, last: str, text: str) -> int:
        """Notes a command and that before it; returns how often the one has followed the other."""
        self._followed[last, text] += 1
        times = self._followed[last, text]
        self._found = self._found or times >= PATIENCE
        return times

    def temperature(self, usual: float) -> float:
        """Returns the temperature of the next decision: the usual one until there was a circle."""
        return max(usual, LOT) if self._found else usual
