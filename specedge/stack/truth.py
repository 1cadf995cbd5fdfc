"""What really happened, as the simulator wrote it down; never what a model claims."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from specedge.sim.room import Pose, Room, object_reached, relative
from specedge.stack.errors import StackError

STOPPED_BELOW_M_PER_S = 0.05
STOPPED_BELOW_RAD_PER_S = 0.1


class BadTruth(StackError):
    """The simulator's record cannot be read."""


@dataclass(frozen=True)
class Moment:
    """One line of the simulator's record: simulated s, m, rad, m/s and rad/s, room's frame."""

    time: float
    pose: Pose
    speed: float
    yaw_rate: float
    collisions: int


@dataclass(frozen=True)
class Judgement:
    """Where a run ended, by the simulator's truth; lengths in m, angles in rad.

    Attributes:
        object_reached: The object that the robot stands before and faces; empty for none.
        reached: Whether that is the named object and the robot stands still.
        distance: To the footprint of the named object; NaN when none is named.
        bearing: Of its centre from the robot's heading; NaN when none is named.
        stopped: Whether the robot stands still.
    """

    object_reached: str
    reached: bool
    distance: float
    bearing: float
    stopped: bool


def read(file: Path) -> list[Moment]:
    """Reads a record; a last line that was cut off is left out.

    Raises:
        BadTruth: there is no record, or nothing in it.
    """
    moments = []
    try:
        with file.open() as lines:
            for line in lines:
                if line.endswith("\n"):
                    moments.append(_moment(json.loads(line)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadTruth(f"{file} is no record of a simulation: {error!r}") from None
    if not moments:
        raise BadTruth(f"{file} is empty: the simulator ended before its first step")
    return moments


def judge(room: Room, moment: Moment, name: str) -> Judgement:
    """Says whether the robot has reached the named object at that moment.

    With an empty name (a goal that names no object) standing still is all there is to reach.
    """
    stopped = (
        moment.speed < STOPPED_BELOW_M_PER_S and abs(moment.yaw_rate) < STOPPED_BELOW_RAD_PER_S
    )
    before = object_reached(room, moment.pose, name)
    index = room.find(name)
    if index is None:
        return Judgement(before, not name and stopped, math.nan, math.nan, stopped)
    bearing, distance = relative(moment.pose, room.objects[index])
    reached = before == name and stopped
    return Judgement(before, reached, distance, bearing, stopped)


def path_length(moments: Sequence[Moment]) -> float:
    """Returns the length of the path walked, in m."""
    return sum(
        math.hypot(after.pose.x - before.pose.x, after.pose.y - before.pose.y)
        for before, after in itertools.pairwise(moments)
    )


def _moment(line: dict[str, float]) -> Moment:
    return Moment(
        time=float(line["simulated"]),
        pose=Pose(float(line["x"]), float(line["y"]), float(line["yaw"])),
        speed=math.hypot(line["vx"], line["vy"]),
        yaw_rate=float(line["yaw_rate"]),
        collisions=int(line["collisions"]),
    )
