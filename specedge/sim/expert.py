"""What a model should say: commands from the truth about a room, for training and as a measure."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from specedge.commands import Action, ActionKind, Command, Sight, render
from specedge.commands.actions import LARGEST_BEARING_DEGREES, LARGEST_SEARCH_DEGREES
from specedge.commands.text import degrees
from specedge.sim.grid import Cell, Grid
from specedge.sim.room import PlacedObject, Pose, Room, relative
from specedge.sim.sight import share_in_sight

STOP_DISTANCE = 0.7
"""At most so far from a footprint, and facing it, the expert is done, m."""
FACING = math.radians(15)
"""Largest bearing at which it is done, rad."""
STANDOFF = 0.6
"""Where it walks to: distance of the base from the footprint, m."""
LONGEST_WALK, LONGEST_DETOUR = 1.5, 1.0
SEARCH_TURN = math.radians(60)

_CLEARANCE = 0.38
_STANDOFF_RANGE = (0.50, 0.65)
_FARTHEST_SPOKEN = 9.9
_SHORTEST_DETOUR = 0.3
_IN_SIGHT = 0.4


def expert_command(
    room: Room, pose: Pose, name: str, visible: bool, last: Command | None = None
) -> Command:
    """Returns the command that an expert gives in the direction of a goal.

    Distances and turns follow from the numbers that the command itself speaks, so that whoever
    learns to see also knows what to do.

    Args:
        room: Where the robot is.
        pose: Of its base.
        name: What it is to reach, such as ``red chair``; the room may lack it.
        visible: Whether the front camera sees that.
        last: The expert's previous command for the same goal.
    """
    index = room.find(name)
    if index is None or not visible:
        return search_command(name, last)
    item = room.objects[index]
    bearing, distance = relative(pose, item)
    limit = math.radians(LARGEST_BEARING_DEGREES)
    sight = Sight(
        name,
        bearing=math.radians(degrees(min(max(bearing, -limit), limit))),
        distance=min(round(distance, 1), _FARTHEST_SPOKEN),
    )
    return _spoken(sight, _approach(room, pose, item, sight))


def search_command(name: str, last: Command | None = None) -> Command:
    """Returns what an expert says of an object that it does not see; arguments as above."""
    return _spoken(*_search(name, last))


def shortest_path(room: Room, pose: Pose, item: PlacedObject) -> float:
    """Returns the length of the shortest way to a place from which an object is reached, m."""
    grid = Grid(room, _CLEARANCE)
    start = grid.cell(pose.x, pose.y)
    goals = grid.standoffs(item, 0.0, _STANDOFF_RANGE[1])
    points = [grid.point(cell) for cell in grid.path(start, goals)]
    return sum(math.dist(before, after) for before, after in pairwise(points))


def _spoken(sight: Sight, actions: tuple[Action, ...]) -> Command:
    command = Command(sight, actions)
    return replace(command, text=render(command))


def _search(name: str, last: Command | None) -> tuple[Sight, tuple[Action, ...]]:
    searched, side = 0.0, 1.0
    if last is not None and last.sight is not None and last.sight.name == name:
        turned = sum(action.amount for action in last.actions if action.kind is ActionKind.TURN)
        if last.sight.searched is not None:
            searched, side = last.sight.searched, turned
        elif last.sight.bearing is not None:
            side = last.sight.bearing - turned
    searched += SEARCH_TURN
    whole_turn = math.radians(LARGEST_SEARCH_DEGREES)
    if searched > whole_turn + 1e-6:
        give_up = Action(ActionKind.CANNOT, reason="not found")
        return Sight(name, searched=whole_turn), (give_up,)
    turn = Action(ActionKind.TURN, SEARCH_TURN if side >= 0.0 else -SEARCH_TURN)
    return Sight(name, searched=searched), (turn,)


def _approach(room: Room, pose: Pose, item: PlacedObject, sight: Sight) -> tuple[Action, ...]:
    assert sight.bearing is not None
    assert sight.distance is not None
    facing = _turn(sight.bearing)
    if sight.distance <= STOP_DISTANCE + 1e-6:
        if abs(sight.bearing) <= FACING + 1e-6 or not facing:
            return (Action(ActionKind.DONE),)
        return facing
    grid = Grid(room, _CLEARANCE)
    ahead = sight.distance - STANDOFF
    heading = pose.yaw + sight.bearing
    end = pose.x + ahead * math.cos(heading), pose.y + ahead * math.sin(heading)
    if grid.straight((pose.x, pose.y), end):
        walk = Action(ActionKind.WALK, round(min(ahead, LONGEST_WALK), 1))
        return (*facing, walk)
    return _detour(room, grid, pose, item) or (Action(ActionKind.CANNOT, reason="blocked"),)


def _detour(room: Room, grid: Grid, pose: Pose, item: PlacedObject) -> tuple[Action, ...]:
    """Turn, walk past what is in the way, and turn back; empty when there is no way."""
    goals = grid.standoffs(item, *_STANDOFF_RANGE)
    path = grid.path(grid.cell(pose.x, pose.y), goals)
    waypoint = _waypoint(room, grid, pose, item, path)
    if waypoint is None:
        return ()
    aside = math.atan2(waypoint[1] - pose.y, waypoint[0] - pose.x)
    turn = math.radians(degrees(math.remainder(aside - pose.yaw, 2 * math.pi)))
    heading = pose.yaw + turn
    length = max(round(min(math.dist((pose.x, pose.y), waypoint), LONGEST_DETOUR), 1), 0.1)
    there = Pose(pose.x + length * math.cos(heading), pose.y + length * math.sin(heading), heading)
    back = math.radians(degrees(relative(there, item)[0]))
    return (*_turn(turn), Action(ActionKind.WALK, length), *_turn(back))


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
    far = [point for point in near if math.dist(here, point) >= _SHORTEST_DETOUR]
    if far:
        # Points of equal sight are equally good; the farthest of them saves turns.
        seen = [min(share_in_sight(room, *point, item), _IN_SIGHT) for point in far]
        return max(zip(seen, range(len(far)), far, strict=True))[2]
    chosen = near or points[1:3]
    return chosen[-1] if chosen else None


def _turn(amount: float) -> tuple[Action, ...]:
    rounded = float(np.radians(degrees(amount)))
    return (Action(ActionKind.TURN, rounded),) if rounded != 0.0 else ()
