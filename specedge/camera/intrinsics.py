"""A pinhole model of a camera whose field of view is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from specedge.errors import SpecedgeError

GO2_HORIZONTAL_FIELD = math.radians(89.0)
"""rad; the simulated camera's as well (`specedge.sim.camera`).

Unitree publishes no intrinsics and users' calibrations disagree (73 to 99 degrees, with and without
a fisheye model); whoever measures distances in pictures calibrates their own robot.
"""


class FieldOfViewError(SpecedgeError):
    """No camera has such a field of view."""


@dataclass(frozen=True)
class Intrinsics:
    """Focal length and centre in pixels, square pixels, no distortion."""

    width: int
    height: int
    focal: float

    @classmethod
    def from_field(cls, width: int, height: int, horizontal_field: float) -> Intrinsics:
        """Makes the model of a picture.

        Args:
            width: Pixels.
            height: Pixels.
            horizontal_field: rad from the left edge to the right one.

        Raises:
            FieldOfViewError: the field is not between 0 and pi.
        """
        if not 0.0 < horizontal_field < math.pi:
            raise FieldOfViewError(
                f"a field of view of {horizontal_field} rad is none; give radians, such as 1.55"
            )
        return cls(width, height, width / 2.0 / math.tan(horizontal_field / 2.0))

    @property
    def matrix(self) -> tuple[float, ...]:
        """The matrix K of sensor_msgs/CameraInfo, row by row."""
        centre = self.width / 2.0, self.height / 2.0
        return (self.focal, 0.0, centre[0], 0.0, self.focal, centre[1], 0.0, 0.0, 1.0)

    @property
    def projection(self) -> tuple[float, ...]:
        """The matrix P of sensor_msgs/CameraInfo, row by row."""
        k = self.matrix
        return (*k[0:3], 0.0, *k[3:6], 0.0, *k[6:9], 0.0)
