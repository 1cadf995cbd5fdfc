"""What the lidar sees around the robot: the nearest point in each direction."""

from __future__ import annotations

import math

import msgspec
import numpy as np

LIDAR_AHEAD, LIDAR_UP = 0.282, 0.0
"""Where the Go2's lidar sits, m from the base: by so much the robot itself moves the points of
rt/utlidar/cloud to make rt/utlidar/cloud_base, in recordings of both."""
SECTORS, ROWS = 120, 36
"""Directions of a scan: around, and from straight down to straight up; 3 and 5 degrees each."""
_POINT = 3 * np.dtype(np.float32).itemsize


class Scan(msgspec.Struct, frozen=True, tag="scan"):
    """Points around the robot, in the frame of its base; at most one in each direction.

    Attributes:
        received: When they arrived, seconds of the steady clock.
        packed: x, y and z of each, m, float32.
    """

    received: float
    packed: bytes

    def __post_init__(self) -> None:
        if len(self.packed) % _POINT:
            raise ValueError(f"a scan is made of points of {_POINT} bytes, not {len(self.packed)}")

    @property
    def points(self) -> np.ndarray:
        """The points, m, float64 [N, 3]."""
        return np.frombuffer(self.packed, np.float32).reshape(-1, 3).astype(float)


def scan_of(points: np.ndarray, received: float) -> Scan:
    """Keeps the nearest point in each direction.

    Args:
        points: In the frame of the base, m, [N, 3].
        received: Seconds of the steady clock.
    """
    _, _, distance = polar(points)
    nearest_first = points[np.argsort(distance, kind="stable")]
    _, first = np.unique(directions(nearest_first), return_index=True)
    return Scan(received, nearest_first[first].astype(np.float32).tobytes())


def polar(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns bearings and elevations (rad) and horizontal distances (m) from the lidar, [N] each.

    Args:
        points: In the frame of the base, m, [N, 3].
    """
    x, y, z = points[:, 0] - LIDAR_AHEAD, points[:, 1], points[:, 2] - LIDAR_UP
    distance = np.hypot(x, y)
    return np.arctan2(y, x), np.arctan2(z, distance), distance


def directions(points: np.ndarray) -> np.ndarray:
    """Returns the number of the direction that each point lies in, below SECTORS * ROWS, [N].

    Args:
        points: In the frame of the base, m, [N, 3].
    """
    bearing, elevation, _ = polar(points)
    row = np.floor((elevation / math.pi + 0.5) * ROWS).astype(int).clip(0, ROWS - 1)
    return row * SECTORS + sectors(bearing)


def sectors(bearing: np.ndarray) -> np.ndarray:
    """Returns which of the directions around each bearing (rad, within one turn of 0) is in."""
    sector: np.ndarray = np.floor((bearing / (2 * math.pi) + 0.5) * SECTORS).astype(int) % SECTORS
    return sector
