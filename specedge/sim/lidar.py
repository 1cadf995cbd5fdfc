"""The simulated robot's lidar: what rays from under its head meet.

Things are solid from the floor up, as they are to the base (`specedge.sim.base`). The robot's body
hides what is behind.
"""

from __future__ import annotations

import math

import numpy as np

from specedge.robot.scan import LIDAR_AHEAD, bearings
from specedge.sim.gait import STANDING_HEIGHT
from specedge.sim.room import Pose, Room

RATE = 15.0
"""Clouds a second, as of a Go2."""
FIELD = math.radians(110)
"""Largest bearing, from the lidar, that the robot's own body leaves free."""
_FARTHEST = 4.0
_HIT = 0.01
_STEPS = 24
_HEIGHTS = (-0.1, 0.15)
"""Where each ray meets what stands there, m from the base."""


def cloud(room: Room, pose: Pose) -> np.ndarray:
    """Returns what the lidar sees, in the frame of the base, m, [N, 3].

    On each ray lie two points of what it meets, and one of the floor before that.
    """
    bearing = bearings()
    bearing = bearing[np.abs(bearing) <= FIELD]
    distance, hit = _meet(room, pose, bearing)
    floor = np.minimum(distance / 2, 1.0)
    points = [_ring(bearing, floor, -STANDING_HEIGHT)]
    points += [_ring(bearing[hit], distance[hit], height) for height in _HEIGHTS]
    return np.concatenate(points)


def _meet(room: Room, pose: Pose, bearing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Follows rays to the first thing or wall; returns how far, m, and whether there is any.

    Each step goes as far as nothing can be in the way (sphere tracing, Hart 1996).
    """
    x = pose.x + LIDAR_AHEAD * math.cos(pose.yaw)
    y = pose.y + LIDAR_AHEAD * math.sin(pose.yaw)
    east, north = np.cos(bearing + pose.yaw), np.sin(bearing + pose.yaw)
    distance = np.zeros_like(bearing)
    free = np.asarray(room.clearance(x, y)) + distance
    for _ in range(_STEPS):
        distance = np.minimum(distance + np.maximum(free, 0.0), _FARTHEST)
        free = room.clearance(x + distance * east, y + distance * north)
        if ((free < _HIT) | (distance >= _FARTHEST)).all():
            break
    return distance, (free < _HIT) & (distance < _FARTHEST)


def _ring(bearing: np.ndarray, distance: np.ndarray, height: float) -> np.ndarray:
    x = LIDAR_AHEAD + distance * np.cos(bearing)
    return np.stack((x, distance * np.sin(bearing), np.full_like(bearing, height)), axis=1)
