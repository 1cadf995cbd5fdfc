"""What the lidar sees around the robot: one range per direction."""

from __future__ import annotations

import math

import msgspec
import numpy as np

LIDAR_AHEAD = 0.289
"""Where the Go2's lidar sits ahead of the base, m (Unitree's go2_description, radar_joint)."""
SECTORS = 120
"""Directions of a scan, of 3 degrees each."""
FARTHEST = 3.0
"""Range up to which anything matters to a robot that walks half a metre a second, m."""


class Scan(msgspec.Struct, frozen=True, tag="scan"):
    """The nearest obstacle in each direction from the lidar, with REP-117's special values.

    Attributes:
        received: When it arrived, seconds of the steady clock.
        ranges: m, for each of `SECTORS` directions, counter-clockwise from straight back; inf where
            nothing stands within `FARTHEST`, NaN where nothing was seen at all, not even the floor.
    """

    received: float
    ranges: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.ranges) != SECTORS or any(value < 0.0 for value in self.ranges):
            raise ValueError(f"a scan is {SECTORS} ranges of at least 0 m")


def bearings() -> np.ndarray:
    """Returns the middle of each direction of a scan, rad to the left of ahead, [SECTORS]."""
    return (np.arange(SECTORS) + 0.5) * (2 * math.pi / SECTORS) - math.pi


def sectors(bearing: np.ndarray) -> np.ndarray:
    """Returns which direction of a scan each bearing (rad, within one turn of 0) falls into."""
    return np.floor((bearing + math.pi) * (SECTORS / (2 * math.pi))).astype(int) % SECTORS
