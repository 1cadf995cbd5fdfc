"""Tells which frames would come too late if the bag were the robot's camera."""

from __future__ import annotations

import math


class RealTime:
    """Follows one mode through the time of the bag; no clock is read and nothing is waited for.

    A robot decides on one frame at a time. What its camera sees meanwhile is old when the
    decision is there, and is dropped.

    Args:
        rate: Bag seconds per second.
    """

    def __init__(self, rate: float = 1.0) -> None:
        self._rate = rate
        self._busy_until = -math.inf

    def is_late(self, stamp: float) -> bool:
        """Whether a frame of that time comes while an earlier one is being decoded."""
        return stamp < self._busy_until

    def decoded(self, stamp: float, latency: float) -> None:
        """Notes that a frame of that time took so many seconds; a late one changes nothing."""
        if not self.is_late(stamp):
            self._busy_until = stamp + latency * self._rate
