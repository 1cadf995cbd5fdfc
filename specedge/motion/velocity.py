"""A velocity in the robot's own frame."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class BodyVelocity:
    """What the robot is asked to drive, in REP-103 axes.

    Attributes:
        x: m/s, positive forward.
        y: m/s, positive to the left.
        yaw_rate: rad/s, positive counter-clockwise.
    """

    x: float = 0.0
    y: float = 0.0
    yaw_rate: float = 0.0

    @property
    def finite(self) -> bool:
        """Whether all three are numbers that can be driven."""
        return all(math.isfinite(value) for value in (self.x, self.y, self.yaw_rate))

    @property
    def zero(self) -> bool:
        """Whether nothing is asked for."""
        return self.x == 0.0 and self.y == 0.0 and self.yaw_rate == 0.0


STILL = BodyVelocity()
