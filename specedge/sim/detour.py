"""The way past what stands between the robot and an object, one walk at a time."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from specedge.commands import Action, ActionKind
from specedge.commands.text import degrees
from specedge.sim.grid import Cell, Grid
from specedge.sim.room import PlacedObject, Pose, Room, relative
from specedge.sim.sight import share_in_sight

CLEARANCE = 0.38
"""What the base's centre has to keep from walls and footprints, m."""
LONGEST_DETOUR, SHORTEST_DETOUR = 0.7, 0.3
"""Of the walk past something, m, where there is room: it is walked blind."""
_STANDOFF_RANGE = (0.50, 0.65)
_IN_SIGHT = 0.4
_COARSE = tuple(map(math.radians, (30, 15)))
"""Steps of a turn aside, the first that leads where the way is free, rad: where a model is in doubt
how to go past, few such turns share the odds, or straight ahead, which is always one answer, would
win too often."""


def detour(room: Room, grid: Grid, pose: Pose, item: PlacedObject) -> tuple[Action, ...]:
    """Turn, walk past what is in the way, and turn to the object; empty when there is no way."""
    path = grid.path_to(grid.cell(pose.x, pose.y), item, *_STANDOFF_RANGE)
    waypoint = _waypoint(room, grid, pose, item, path)
    if waypoint is None:
        return ()
    aside = math.atan2(waypoint[1] - pose.y, waypoint[0] - pose.x)
    length = max(round(min(math.dist((pose.x, pose.y), waypoint), LONGEST_DETOUR), 1), 0.1)
    exact = math.radians(degrees(math.remainder(aside - pose.yaw, 2 * math.pi)))
    turns = [*(step * round(exact / step) for step in _COARSE), exact]
    ways = [(turn, _ahead(pose, turn, length)) for turn in turns]
    free = [way for way in ways if grid.straight((pose.x, pose.y), (way[1].x, way[1].y))]
    turn, there = free[0] if free else ways[-1]
    back = math.radians(degrees(relative(there, item)[0]))
    return (*turned(turn), Action(ActionKind.WALK, length), *turned(back))


def turned(amount: float) -> tuple[Action, ...]:
    """Returns the turn by an angle (rad), or nothing where that is less than what is spoken of."""
    rounded = float(np.radians(degrees(amount)))
    return (Action(ActionKind.TURN, rounded),) if rounded != 0.0 else ()


def shortest_path(room: Room, pose: Pose, *items: PlacedObject) -> float:
    """Returns the length of the shortest way to places from which objects are reached, m.

    Of several objects, one after the other, each way is the shortest from where the one before
    ended, so the sum may be a little longer than the best round.
    """
    grid = Grid(room, CLEARANCE)
    cell, length = grid.cell(pose.x, pose.y), 0.0
    for item in items:
        path = grid.path_to(cell, item, 0.0, _STANDOFF_RANGE[1])
        points = [grid.point(passed) for passed in path]
        length += sum(math.dist(before, after) for before, after in pairwise(points))
        cell = path[-1] if path else cell
    return length


def _ahead(pose: Pose, turn: float, length: float) -> Pose:
    heading = pose.yaw + turn
    return Pose(pose.x + length * math.cos(heading), pose.y + length * math.sin(heading), heading)


def _waypoint(
    room: Room, grid: Grid, pose: Pose, item: PlacedObject, path: list[Cell]
) -> tuple[float, float] | None:
    """Picks the farthest point of a path that one detour reaches, where it sees the object."""
    here = pose.x, pose.y
    points = [grid.point(cell) for cell in path]
    near = [
        point
        for point in points
        if math.dist(here, point) <= LONGEST_DETOUR and grid.straight(here, point)
    ]
    far = [point for point in near if math.dist(here, point) >= SHORTEST_DETOUR]
    if far:
        # Points of enough sight are equally good; the farthest of them saves turns.
        best, most = far[-1], 0.0
        for point in reversed(far):
            share = share_in_sight(room, *point, item)
            if share >= _IN_SIGHT:
                return point
            if share > most:
                best, most = point, share
        return best
    chosen = near or points[1:3]
    return chosen[-1] if chosen else None
