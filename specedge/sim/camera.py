"""The front camera of the Go2: where it sits and what it sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

from specedge.camera.intrinsics import GO2_HORIZONTAL_FIELD

MOUNT = (0.32715, 0.0, 0.04297)
"""From the base to the camera, m (community calibration of the front camera)."""

Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True)
class CameraMount:
    """How far one robot's camera is off its nominal place; all zero for the nominal one.

    Attributes:
        rise: Additional height, m.
        pitch: Nose down, rad.
        roll: Right side down, rad.
    """

    rise: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0

    @property
    def position(self) -> tuple[float, float, float]:
        """Of the lens in the base's frame, m."""
        return MOUNT[0], MOUNT[1], MOUNT[2] + self.rise

    @property
    def quaternion(self) -> Quaternion:
        """Of an OpenGL camera (looks along -z, y up) in the base's frame, as w, x, y, z."""
        # -z becomes forward and y up when x points to the right.
        forward: Quaternion = (0.5, 0.5, -0.5, -0.5)
        half_pitch, half_roll = self.pitch / 2, self.roll / 2
        nod: Quaternion = (math.cos(half_pitch), 0.0, math.sin(half_pitch), 0.0)
        lean: Quaternion = (math.cos(half_roll), math.sin(half_roll), 0.0, 0.0)
        return multiply(multiply(nod, lean), forward)


def vertical_field(width: int, height: int) -> float:
    """Returns the vertical field of view of a picture with square pixels, degrees."""
    return math.degrees(2 * math.atan(math.tan(GO2_HORIZONTAL_FIELD / 2) * height / width))


def multiply(first: Quaternion, second: Quaternion) -> Quaternion:
    """Returns the rotation that applies `second`, then `first`; w, x, y, z."""
    w, x, y, z = first
    a, b, c, d = second
    return (
        w * a - x * b - y * c - z * d,
        w * b + x * a + y * d - z * c,
        w * c - x * d + y * a + z * b,
        w * d + x * c - y * b + z * a,
    )
