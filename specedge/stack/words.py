"""What the robot sees and does, in words for a person."""

from __future__ import annotations

import math

from specedge.commands import Sight
from specedge.commands.text import degrees

AHEAD_DEGREES = 5
SLIGHTLY_DEGREES = 20


def aim(sight: Sight | None) -> str:
    """Says where the model sees what it looks for."""
    if sight is None:
        return "a direct order, nothing to look for"
    if sight.searched is not None:
        turned = degrees(sight.searched)
        return f"no {sight.name} in view" + (f", {turned}° searched" if turned else "")
    assert sight.bearing is not None
    assert sight.distance is not None
    return f"{sight.name} {direction(sight.bearing)}, {sight.distance:.1f} m away"


def direction(bearing: float) -> str:
    """Names a direction; `bearing` in radians, positive to the left."""
    angle = abs(degrees(bearing))
    side = "left" if bearing > 0 else "right"
    if angle <= AHEAD_DEGREES:
        return "straight ahead"
    if angle <= SLIGHTLY_DEGREES:
        return f"ahead, slightly {side} ({angle}°)"
    return f"to the {side} ({angle}°)"


def seconds(value: float) -> str:
    """A duration, short: milliseconds below one second."""
    if not math.isfinite(value):
        return "–"
    return f"{1000 * value:.0f} ms" if value < 1.0 else f"{value:.1f} s"


def percent(share: float) -> str:
    """A share of one as a percentage."""
    return f"{100 * share:.0f} %" if math.isfinite(share) else "–"
