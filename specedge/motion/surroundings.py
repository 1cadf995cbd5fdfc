"""What stands around the robot, by the lidar and, where that does not look, by memory."""

from __future__ import annotations

import math

import numpy as np

from specedge.robot.scan import LIDAR_AHEAD, Scan, bearings, sectors

NEAR = 1.5
"""Distance from the base up to which obstacles are kept, m."""
MEMORY = 60.0
"""Seconds for which something is remembered where the lidar does not look."""
IN_VIEW = 2.0
"""Seconds for which a point stays where the lidar sees the same thing: odometry drifts, and things
must not grow thicker by that."""
PERSISTENCE = 0.3
"""Seconds for which something stays although the lidar looks past it: its pattern of points is
never the same twice, and a thin leg is not hit by each."""
_SAME = 0.1
"""Difference of two ranges in one direction up to which they are of the same thing, m."""
_CELL = 0.02
"""Edge of the cells of which each keeps the newest point alone, m."""

Place = tuple[float, float, float]
"""Of the base in odom: m, m, rad."""


class Surroundings:
    """Obstacles in odom: those seen now, and those seen before that may still be there.

    The Go2's lidar sits under its head and looks ahead and aside; its own body hides what is
    behind. That is where its hind legs swing to when it turns on the spot.
    """

    def __init__(self) -> None:
        self._points = np.zeros((0, 2))
        self._seen_at = np.zeros(0)

    def take(self, scan: Scan, place: Place) -> None:
        """Takes a new scan.

        Args:
            scan: As it came.
            place: Where the base was then.
        """
        ranges = np.asarray(scan.ranges)
        kept = self._still_there(ranges, scan.received, place)
        hit = np.isfinite(ranges)
        x = LIDAR_AHEAD + ranges[hit] * np.cos(bearings()[hit])
        y = ranges[hit] * np.sin(bearings()[hit])
        near = np.hypot(x, y) <= NEAR
        new = _to_odom(np.stack((x[near], y[near]), axis=1), place)
        points = np.concatenate((new, self._points[kept]))
        seen_at = np.concatenate((np.full(len(new), scan.received), self._seen_at[kept]))
        newest = _first_of_each_cell(points)
        self._points, self._seen_at = points[newest], seen_at[newest]

    def around(self, place: Place) -> np.ndarray:
        """Returns the obstacles in the frame of a base at a place, m, [N, 2]."""
        return _to_base(self._points, place)

    def _still_there(self, ranges: np.ndarray, now: float, place: Place) -> np.ndarray:
        points = self.around(place)
        x, y = points[:, 0] - LIDAR_AHEAD, points[:, 1]
        # NaN where nothing was seen, for which all comparisons are false.
        farther = ranges[sectors(np.arctan2(y, x))] - np.hypot(x, y)
        longest = np.full(len(points), MEMORY)
        longest[np.abs(farther) <= _SAME] = IN_VIEW
        longest[farther > _SAME] = PERSISTENCE
        near = np.hypot(*points.T) <= NEAR
        kept: np.ndarray = near & (now - self._seen_at < longest)
        return kept


def _first_of_each_cell(points: np.ndarray) -> np.ndarray:
    column, row = np.floor(points / _CELL).astype(np.int64).T
    _, first = np.unique(column << 32 | row & 0xFFFFFFFF, return_index=True)
    return first


def _to_odom(points: np.ndarray, place: Place) -> np.ndarray:
    x, y, yaw = place
    cosine, sine = math.cos(yaw), math.sin(yaw)
    return points @ np.array(((cosine, sine), (-sine, cosine))) + (x, y)


def _to_base(points: np.ndarray, place: Place) -> np.ndarray:
    x, y, yaw = place
    cosine, sine = math.cos(yaw), math.sin(yaw)
    moved: np.ndarray = (points - (x, y)) @ np.array(((cosine, -sine), (sine, cosine)))
    return moved
