"""What stands around the robot, by the lidar and, where that does not look, by memory."""

from __future__ import annotations

import math

import numpy as np

from specedge.motion.clearance import gaps
from specedge.robot.scan import ROWS, SECTORS, Scan, directions, polar, sectors

LOWEST, HIGHEST = 0.12, 0.57
"""Heights above the floor between which something is an obstacle, m: a Go2 steps over what is
lower, and walks below what is higher."""
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

_AHEAD = math.radians(60)
_OWN = 0.03
"""Distance from the body within which points are the robot's own legs, m."""
_SAME = 0.1
"""Difference of two ranges in one direction up to which they are of the same thing, m."""
_CELL = 0.02
"""Edge of the cells of which each keeps the newest point alone, m."""
_ABOVE = 0.25
"""Distance, in plan, from what is gone up to which what was above it is gone with it, m."""
_FLOOR, _FLOOR_BAND = -0.32, (-0.42, -0.22)
"""Height of the floor, m from the base: usually, and between which it is while the robot stands."""
_FLOOR_WITHIN, _FLOOR_POINTS, _FLOOR_THICKNESS = 1.2, 20, 0.04

Place = tuple[float, float, float]
"""Of the base in odom: m, m, rad."""


def sees_ahead(scan: Scan) -> bool:
    """Whether the lidar sees anything, if only the floor, in most directions ahead.

    One that is covered, or has lost its sight, may well go on sending.
    """
    seen = _without_own(scan.points)
    bearing, _, _ = polar(seen)
    ahead = np.unique(sectors(bearing[np.abs(bearing) < _AHEAD]))
    return len(ahead) > _AHEAD / math.pi * SECTORS / 2


class Surroundings:
    """Obstacles in odom: those seen now, and those seen before that may still be there.

    The Go2's lidar sits under its head and looks ahead, aside and down; its own body hides what is
    behind, which is where its hind legs swing to when it turns on the spot, and what is higher than
    the lidar goes out of sight when it is near. Something is gone only when the lidar looks past it
    both above and below, or past what was under it: somebody who has left, not a table's edge.
    """

    def __init__(self) -> None:
        self._points = np.zeros((0, 3))
        self._seen_at = np.zeros(0)
        self._floor = _FLOOR

    def take(self, scan: Scan, place: Place, roll: float = 0.0, pitch: float = 0.0) -> None:
        """Takes a new scan, made while the robot stood on its legs.

        Args:
            scan: As it came.
            place: Where the base was then.
            roll: Of the base, rad.
            pitch: Of the base, rad, positive when it looks down.
        """
        seen = _level(scan.points, roll, pitch)
        seen = _without_own(seen)
        kept = self._still_there(seen, scan.received, place)
        self._find_floor(seen)
        height = seen[:, 2] - self._floor
        stands = (height >= LOWEST) & (height <= HIGHEST) & (np.hypot(*seen[:, :2].T) <= NEAR)
        new = _to_odom(seen[stands], place)
        points = np.concatenate((new, self._points[kept]))
        seen_at = np.concatenate((np.full(len(new), scan.received), self._seen_at[kept]))
        newest = _first_of_each_cell(points, _CELL)
        self._points, self._seen_at = points[newest], seen_at[newest]

    def around(self, place: Place) -> np.ndarray:
        """Returns the obstacles in the frame of a base at a place, m, [N, 2]."""
        return _to_base(self._points, place)[:, :2]

    def _still_there(self, seen: np.ndarray, now: float, place: Place) -> np.ndarray:
        points = _to_base(self._points, place)
        age = now - self._seen_at
        same, past = _judge(points, seen)
        gone = past & (age >= PERSISTENCE)
        if gone.any():
            gone |= (age >= PERSISTENCE) & _stood_on(points, points[gone])
        near = np.hypot(*points[:, :2].T) <= NEAR
        kept: np.ndarray = near & ~gone & (age < np.where(same, IN_VIEW, MEMORY))
        return kept

    def _find_floor(self, seen: np.ndarray) -> None:
        """Measures the floor, for the base is higher or lower by some centimetres as it walks."""
        heights = seen[np.hypot(*seen[:, :2].T) <= _FLOOR_WITHIN, 2]
        heights = np.sort(heights[(heights >= _FLOOR_BAND[0]) & (heights <= _FLOOR_BAND[1])])
        # How many lie within the floor's thickness from each on: most of them are floor.
        ends = np.searchsorted(heights, heights + _FLOOR_THICKNESS, side="right")
        counts = ends - np.arange(len(heights))
        if len(heights) and counts.max() >= _FLOOR_POINTS:
            first = int(counts.argmax())
            self._floor = float(np.median(heights[first : ends[first]]))


def _without_own(points: np.ndarray) -> np.ndarray:
    """Leaves out points on the robot's own legs."""
    others: np.ndarray = points[gaps(points[:, :2]) > _OWN]
    return others


def _judge(points: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns which of known points are seen again, and which of them the lidar looks past.

    Args:
        points: In the frame of the base, m, [N, 3].
        seen: Just now, in the same frame, at most one in each direction, [M, 3].
    """
    # NaN where nothing is seen, for which all comparisons are false. A row more below and above.
    ranges, elevations = np.full((2, (ROWS + 2) * SECTORS), np.nan)
    _, elevation, distance = polar(seen)
    order = np.argsort(-distance)
    where = directions(seen)[order] + SECTORS
    ranges[where], elevations[where] = distance[order], elevation[order]
    here = directions(points) + SECTORS
    _, elevation, distance = polar(points)
    farther = ranges[here] - distance
    other = here + np.where(elevation > elevations[here], SECTORS, -SECTORS)
    past = (farther > _SAME) & (ranges[other] - distance > _SAME)
    return np.abs(farther) <= _SAME, past


def _stood_on(points: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """Returns which of points were above some that are gone, in the same frame."""
    # The lowest of a few centimetres stand for the others, which may be thousands.
    gone = gone[np.argsort(gone[:, 2])]
    gone = gone[_first_of_each_cell(gone[:, :2], _ABOVE / 3)]
    apart = np.hypot(*(points[:, None, :2] - gone[None, :, :2]).T).T
    above = points[:, None, 2] >= gone[None, :, 2]
    found: np.ndarray = ((apart <= _ABOVE) & above).any(axis=1)
    return found


def _first_of_each_cell(points: np.ndarray, edge: float) -> np.ndarray:
    """Returns the indices of points, [N, 2] or [N, 3], before which none is in the same cell."""
    cells = np.floor(points / edge).astype(np.int64)
    numbers = cells @ np.array((1 << 42, 1 << 21, 1))[: cells.shape[1]]
    _, first = np.unique(numbers, return_index=True)
    return first


def _level(points: np.ndarray, roll: float, pitch: float) -> np.ndarray:
    """Turns points from the frame of a base that leans into that of one that does not."""
    x, y, z = points.T
    y, z = y * math.cos(roll) - z * math.sin(roll), y * math.sin(roll) + z * math.cos(roll)
    x, z = x * math.cos(pitch) + z * math.sin(pitch), z * math.cos(pitch) - x * math.sin(pitch)
    return np.stack((x, y, z), axis=1)


def _to_odom(points: np.ndarray, place: Place) -> np.ndarray:
    x, y, yaw = place
    turned: np.ndarray = points @ _turn(yaw).T + (x, y, 0.0)
    return turned


def _to_base(points: np.ndarray, place: Place) -> np.ndarray:
    x, y, yaw = place
    turned: np.ndarray = (points - (x, y, 0.0)) @ _turn(yaw)
    return turned


def _turn(yaw: float) -> np.ndarray:
    cosine, sine = math.cos(yaw), math.sin(yaw)
    return np.array(((cosine, -sine, 0.0), (sine, cosine, 0.0), (0.0, 0.0, 1.0)))
