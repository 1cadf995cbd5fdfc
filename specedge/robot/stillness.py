"""When a Go2 counts as standing still."""

from __future__ import annotations

import math

STILL_SPEED = 0.05
"""m/s below which it counts as still; its estimate is never exactly zero."""
STILL_YAW_RATE = 0.08
"""rad/s below which it does not turn."""


def is_still(vx: float, vy: float, yaw_rate: float) -> bool:
    """Returns whether a robot of these velocities (m/s, m/s, rad/s) stands; not when one is NaN."""
    return math.hypot(vx, vy) < STILL_SPEED and abs(yaw_rate) < STILL_YAW_RATE
