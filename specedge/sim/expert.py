"""What a model should say: commands from the truth about a room, for training and as a measure.

The expert knows only what a model can know from the frame, the goal and its last command, so that
a model without memory can learn to do the same:

- What is in view is walked to, past what is in the way, without room to spare if need be.
- What was in view a command ago, and must still be ahead but is hidden, is looked for from beside
  what hides it: ``not seen in 0 deg``, with a walk past it. That is done once; then it is searched.
- Everything else is searched by turning on the spot, to the side where it was last seen; on in the
  same direction where it was turned to and is not there. After a whole turn from where the search
  began it is given up: ``cannot: not found``. The rooms are such that a whole turn at the start
  shows at least a part of everything, so what is not seen then is not there, and going to look
  elsewhere would only keep a person waiting for the answer.
- Of two steps, the first ends in ``next``. The last command says which of the two is under way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from specedge.camera.intrinsics import GO2_HORIZONTAL_FIELD
from specedge.commands import Action, ActionKind, Command, Sight, render
from specedge.commands.actions import LARGEST_BEARING_DEGREES, LARGEST_SEARCH_DEGREES
from specedge.commands.text import degrees
from specedge.sim.detour import CLEARANCE, SHORTEST_DETOUR, detour, turned
from specedge.sim.grid import Grid
from specedge.sim.room import PlacedObject, Pose, Room, relative

STOP_DISTANCE = 0.6
"""At most so far from a footprint, and facing it, the expert is done, m. What counts as reached is
0.2 m more, because who judges by pictures is wrong by a tenth or two."""
FACING = math.radians(15)
"""Largest bearing at which it is done, rad."""
WALKS_TOWARDS = math.radians(25)
"""From this bearing on it turns before it walks, rad: what stands in the way is at the picture's
edge or outside of it, and only from the new heading can it be seen."""
STANDOFF = 0.6
"""Where it walks to: distance of the base from the footprint, m."""
LONGEST_WALK = 1.5
SPARE = 0.10
"""Clearance beyond what is needed on a straight way, m. More of it gave more ways past things,
which is what models do worst, and no fewer collisions."""
SPARES_PAST = (0.20, SPARE, 0.0)
"""The same on a way past something, in the order in which they are tried."""
SEARCH_TURN = math.radians(45)
"""Half of what the camera sees: everything comes into view twice, for models overlook things."""
AHEAD = GO2_HORIZONTAL_FIELD / 2 - math.radians(5)
"""What lies within this bearing must be in view unless something hides it, rad."""

_FARTHEST_SPOKEN = 9.9
_FACED = math.radians(2.5)
"""Half a step in which angles are spoken, rad: what is less aside was turned to."""


class Expert:
    """Gives commands in one room.

    Args:
        room: Where the robot is.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self._grids: dict[float, Grid] = {}

    def _grid(self, spare: float) -> Grid:
        """Where there is so much more clearance than is needed, m."""
        if spare not in self._grids:
            self._grids[spare] = Grid(self.room, CLEARANCE + spare)
        return self._grids[spare]

    def command(
        self,
        pose: Pose,
        name: str,
        visible: bool,
        last: Command | None = None,
        *,
        goes_on: bool = False,
    ) -> Command:
        """Returns the command that the expert gives.

        Distances and turns follow from the numbers that the command itself speaks, so that whoever
        learns to see also knows what to do.

        Args:
            pose: Of the robot's base.
            name: What it is to reach, such as ``red chair``; the room may lack it.
            visible: Whether the front camera sees that.
            last: The expert's previous command for the same goal.
            goes_on: Whether the goal has a further step after this one.
        """
        index = self.room.find(name)
        if index is None:
            return search_command(name, last)
        item = self.room.objects[index]
        if not visible:
            past = self._past_cover(pose, name, item) if _just_seen(name, last) else None
            return past or search_command(name, last)
        bearing, distance = relative(pose, item)
        limit = math.radians(LARGEST_BEARING_DEGREES)
        sight = Sight(
            name,
            bearing=math.radians(degrees(min(max(bearing, -limit), limit))),
            distance=min(round(distance, 1), _FARTHEST_SPOKEN),
        )
        actions = self._approach(pose, item, sight)
        if goes_on and actions[-1].kind is ActionKind.DONE:
            actions = (Action(ActionKind.NEXT),)
        return _spoken(sight, actions)

    def past_cover(self, pose: Pose, name: str) -> Command | None:
        """Returns what is said of an object seen a moment ago that something now hides.

        None where it is not ahead, so that a search finds it, or where there is no way to it.
        """
        index = self.room.find(name)
        return None if index is None else self._past_cover(pose, name, self.room.objects[index])

    def _past_cover(self, pose: Pose, name: str, item: PlacedObject) -> Command | None:
        if abs(relative(pose, item)[0]) > AHEAD:
            return None
        actions = self._past(pose, item)
        return _spoken(Sight(name, searched=0.0), actions) if actions else None

    def _past(self, pose: Pose, item: PlacedObject) -> tuple[Action, ...]:
        """The way past what is in the way, with as much clearance to spare as there is."""
        known: tuple[Action, ...] = ()
        for spare in SPARES_PAST:
            way = detour(self.room, self._grid(spare), pose, item)
            # Where it stands, there may be less clearance than is wanted: a step out of there is
            # worth a look only where no way leads on.
            if _walked(way) >= SHORTEST_DETOUR - 1e-6:
                return way
            known = known or way
        return known

    def _approach(self, pose: Pose, item: PlacedObject, sight: Sight) -> tuple[Action, ...]:
        assert sight.bearing is not None
        assert sight.distance is not None
        facing = turned(sight.bearing)
        if sight.distance <= STOP_DISTANCE + 1e-6:
            if abs(sight.bearing) <= FACING + 1e-6 or not facing:
                return (Action(ActionKind.DONE),)
            return facing
        if abs(sight.bearing) >= WALKS_TOWARDS - 1e-6:
            return facing
        ahead = sight.distance - STANDOFF
        heading = pose.yaw + sight.bearing
        end = pose.x + ahead * math.cos(heading), pose.y + ahead * math.sin(heading)
        if self._grid(SPARE).straight((pose.x, pose.y), end):
            walk = Action(ActionKind.WALK, round(min(ahead, LONGEST_WALK), 1))
            return (*facing, walk)
        return self._past(pose, item) or (Action(ActionKind.CANNOT, reason="blocked"),)


def expert_command(
    room: Room, pose: Pose, name: str, visible: bool, last: Command | None = None
) -> Command:
    """Returns the command that an expert gives in a room; arguments as of `Expert.command`."""
    return Expert(room).command(pose, name, visible, last)


def search_command(name: str, last: Command | None = None) -> Command:
    """Returns what an expert says of an object that it does not see; arguments as above."""
    return _spoken(*_search(name, last))


def step_under_way(names: Sequence[str], last: Command | None) -> int:
    """Returns the index of the step that a last command leaves to be done.

    Args:
        names: What is to be reached, one name a step.
        last: The previous command for the goal.
    """
    if last is None or last.sight is None or last.sight.name not in names:
        return 0
    reached = last.actions[-1].kind is ActionKind.NEXT
    return min(names.index(last.sight.name) + reached, len(names) - 1)


def _spoken(sight: Sight, actions: tuple[Action, ...]) -> Command:
    command = Command(sight, actions)
    return replace(command, text=render(command))


def _walked(actions: tuple[Action, ...]) -> float:
    return sum(action.amount for action in actions if action.kind is ActionKind.WALK)


def _just_seen(name: str, last: Command | None) -> bool:
    return (
        last is not None and last.sight is not None and last.sight.seen and last.sight.name == name
    )


def _search(name: str, last: Command | None) -> tuple[Sight, tuple[Action, ...]]:
    searched, side = 0.0, 1.0
    if last is not None and last.sight is not None and last.sight.name == name:
        turn_before = sum(
            action.amount for action in last.actions if action.kind is ActionKind.TURN
        )
        if last.sight.searched is not None:
            searched, side = last.sight.searched, turn_before
        elif last.sight.bearing is not None:
            beside = last.sight.bearing - turn_before
            # What was turned to and is not there was mistaken: back would show the same again.
            side = turn_before if abs(beside) < _FACED else beside
    searched += SEARCH_TURN
    whole_turn = math.radians(LARGEST_SEARCH_DEGREES)
    if searched > whole_turn + 1e-6:
        give_up = Action(ActionKind.CANNOT, reason="not found")
        return Sight(name, searched=whole_turn), (give_up,)
    turn = Action(ActionKind.TURN, SEARCH_TURN if side >= 0.0 else -SEARCH_TURN)
    return Sight(name, searched=searched), (turn,)
