"""What the services look at: a Go2's body, in MuJoCo or in a test."""

from __future__ import annotations

import enum
from typing import Protocol

import numpy as np


class Posture(enum.Enum):
    """How the body holds itself."""

    LIMP = "limp"
    LYING = "lying"
    SITTING = "sitting"
    STANDING = "standing"


class RobotBody(Protocol):
    """A body; every method may be called from any thread."""

    def pose(self) -> tuple[float, float, float]:
        """Returns x and y in m and yaw in rad, in the frame of the room."""

    def velocity(self) -> tuple[float, float, float]:
        """Returns the velocity in the body's frame: m/s, m/s, rad/s."""

    def capture_jpeg(self) -> bytes:
        """Returns what the front camera sees now, as a JPEG."""

    def cloud(self) -> np.ndarray:
        """Returns what the lidar sees now, in the frame of the base, m, [N, 3]."""
