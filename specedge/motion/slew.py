"""Bounded change of velocity."""

from __future__ import annotations

from specedge.motion.limits import Limits
from specedge.motion.velocity import BodyVelocity


def slew(
    current: BodyVelocity, wanted: BodyVelocity, limits: Limits, seconds: float
) -> BodyVelocity:
    """Moves from one velocity towards another as far as the accelerations allow.

    Args:
        current: What is being driven.
        wanted: Where to go.
        limits: The accelerations, per axis.
        seconds: Time since `current` was commanded; 0 changes nothing.
    """
    linear = limits.linear_acceleration * seconds
    angular = limits.yaw_acceleration * seconds
    return BodyVelocity(
        _towards(current.x, wanted.x, linear),
        _towards(current.y, wanted.y, linear),
        _towards(current.yaw_rate, wanted.yaw_rate, angular),
    )


def _towards(current: float, wanted: float, step: float) -> float:
    if abs(wanted - current) <= step:
        return wanted
    return current + step if wanted > current else current - step
