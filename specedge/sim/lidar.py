"""The simulated robot's lidar: what rays from under its head meet.

It is tilted forward by 15 degrees, as a Go2's is, and so sees 15 degrees above the horizon ahead,
and only below it behind, where the robot's body is in the way. Things are solid from the floor up,
as they are to the base (`specedge.sim.base`).
"""

from __future__ import annotations

import math

import numpy as np

from specedge.robot.scan import LIDAR_AHEAD, LIDAR_UP, SECTORS
from specedge.sim.gait import STANDING_HEIGHT
from specedge.sim.room import Pose, Room

RATE = 15.0
"""Clouds a second, as of a Go2."""
FIELD = math.radians(110)
"""Largest bearing, from the lidar, that the robot's own body leaves free."""
_TILT = math.radians(15)
_SLOPES = np.tan(np.radians(np.arange(-42.5, 15.0, 5.0)))
_FARTHEST = 6.0
_HIT = 0.01
_STEPS = 24


def cloud(room: Room, pose: Pose) -> np.ndarray:
    """Returns what the lidar sees of a room, in the frame of the base, m, [N, 3]."""
    bearing = (np.arange(SECTORS) + 0.5) * (2 * math.pi / SECTORS) - math.pi
    bearing = bearing[np.abs(bearing) <= FIELD]
    distance, hit = _meet(room, pose, bearing)
    floor = -STANDING_HEIGHT - LIDAR_UP
    points = []
    for slope in _SLOPES:
        until = floor / slope if slope < 0.0 else math.inf
        reach = np.minimum(distance, until)
        seen = (hit | (until < _FARTHEST)) & (slope <= np.tan(_TILT * np.cos(bearing)))
        x, y = LIDAR_AHEAD + reach * np.cos(bearing), reach * np.sin(bearing)
        points.append(np.stack((x, y, LIDAR_UP + reach * slope), axis=1)[seen])
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
