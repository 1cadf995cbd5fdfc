"""Bounded change of velocity."""

from __future__ import annotations

from specedge.motion.limits import Limits
from specedge.motion.velocity import BodyVelocity


def slew(
    current: BodyVelocity, wanted: BodyVelocity, limits: Limits, seconds: float
) -> BodyVelocity:
    """Moves from one velocity straight towards another, as far as the accelerations allow.

    Straight, because between two velocities that keep clear of something all others do, too.

    Args:
        current: What is being driven.
        wanted: Where to go.
        limits: The accelerations, per axis.
        seconds: Time since `current` was commanded; 0 changes nothing.
    """
    linear = limits.linear_acceleration * seconds
    angular = limits.yaw_acceleration * seconds
    x, y = wanted.x - current.x, wanted.y - current.y
    yaw_rate = wanted.yaw_rate - current.yaw_rate
    share = min(_share(x, linear), _share(y, linear), _share(yaw_rate, angular))
    if share == 1.0:
        return wanted
    return BodyVelocity(
        current.x + share * x, current.y + share * y, current.yaw_rate + share * yaw_rate
    )


def _share(change: float, step: float) -> float:
    return 1.0 if abs(change) <= step else step / abs(change)
