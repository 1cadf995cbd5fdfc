"""How fast the robot may be driven, and how quickly that may change."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from specedge.errors import SpecedgeError
from specedge.motion.velocity import BodyVelocity


class LimitError(SpecedgeError):
    """A limit is no positive number."""


@dataclass(frozen=True)
class Limits:
    """The envelope of every velocity that leaves the guard.

    The speeds are far inside what the Go2's Move call takes (-2.5 to 3.8 m/s, 1.0 m/s, 4 rad/s):
    indoors, next to people, a robot that sees a few times a second should walk slowly.

    Attributes:
        forward: m/s along x, both ways.
        lateral: m/s along y, both ways.
        yaw_rate: rad/s, both ways.
        linear_acceleration: m/s² along x and along y.
        yaw_acceleration: rad/s².
    """

    forward: float = 0.5
    lateral: float = 0.3
    yaw_rate: float = 0.8
    linear_acceleration: float = 1.0
    yaw_acceleration: float = 2.5

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0.0):
                raise LimitError(f"limit {field.name} is {value}; give a positive number")

    def clamp(self, velocity: BodyVelocity) -> tuple[BodyVelocity, tuple[str, ...]]:
        """Returns a finite velocity inside the limits, and a reason for each value cut."""
        cuts = []
        values = {}
        for axis, limit, unit in (
            ("x", self.forward, "m/s"),
            ("y", self.lateral, "m/s"),
            ("yaw_rate", self.yaw_rate, "rad/s"),
        ):
            asked = getattr(velocity, axis)
            values[axis] = min(limit, max(-limit, asked))
            if values[axis] != asked:
                cuts.append(f"{axis} {asked:.3g} cut to {values[axis]:.3g} {unit}")
        return BodyVelocity(**values), tuple(cuts)

    def slowed(self, velocity: BodyVelocity) -> BodyVelocity:
        """Returns a velocity of the same direction, slow enough to be inside the limits."""
        largest = max(
            abs(velocity.x) / self.forward,
            abs(velocity.y) / self.lateral,
            abs(velocity.yaw_rate) / self.yaw_rate,
        )
        if largest <= 1.0:
            return velocity
        return BodyVelocity(velocity.x / largest, velocity.y / largest, velocity.yaw_rate / largest)
