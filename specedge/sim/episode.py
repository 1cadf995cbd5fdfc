"""Closed-loop episodes in simulated time: a policy sees frames and says commands."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from specedge.commands import ActionKind, Command, CommandError, Context, parse
from specedge.motion.clearance import MARGIN
from specedge.sim.detour import shortest_path
from specedge.sim.expert import Expert, step_under_way
from specedge.sim.outcome import Ending, Episode, Motion
from specedge.sim.room import Room, object_reached, relative
from specedge.sim.services.body import Posture
from specedge.sim.walking import Walker
from specedge.sim.world import World

Policy = Callable[[np.ndarray, Context], Command]
"""From a frame, uint8 [height, width, 3], and what else a turn knows, to a command."""

FRAME_SIZE = (392, 224)
"""Width and height of the frames, pixels."""
_MOST_TURNS = 40
_STILL = 0.05


def run_episode(
    world: World,
    room: Room,
    goal: str,
    policy: Policy,
    *,
    sentence: str | None = None,
    before: tuple[str, ...] = (),
    most_turns: int = _MOST_TURNS,
    longest: float = math.inf,
    frame_size: tuple[int, int] = FRAME_SIZE,
    clearance: float = MARGIN,
) -> Episode:
    """Lets a policy drive the robot from the room's start.

    Only motion takes simulated time: deciding takes none, however slow the machine is.

    Args:
        world: What shows the room; its room is replaced.
        room: Where the episode takes place.
        goal: Name of the object to reach, such as ``red chair``; the room may lack it. Empty for an
            order.
        policy: Gives a command for each frame; a `CommandError` ends the episode.
        sentence: What the robot is told; by default ``go to the <goal>``.
        before: Names of what is to be reached first, in this order.
        most_turns: Commands after which the episode ends.
        longest: Simulated time after which it ends, s.
        frame_size: Width and height of the frames, pixels.
        clearance: Distance to keep from what the lidar sees, m; 0 to drive without it.
    """
    world.load(room)
    walker = Walker(world, clearance)
    context = Context(sentence or f"go to the {goal}")
    names = (*before, goal)
    texts: list[str] = []
    passed: list[str] = []
    ending, reason = Ending.TURNS, ""
    while len(texts) < most_turns:
        try:
            command = policy(world.render(*frame_size), context)
        except CommandError:
            ending = Ending.NO_COMMAND
            break
        texts.append(command.text)
        finished = all(walker.execute(action) for action in command.actions)
        kinds = {action.kind for action in command.actions}
        last = command.actions[-1]
        if walker.time > longest:
            ending = Ending.TIME
            break
        if kinds & {ActionKind.DONE, ActionKind.CANNOT}:
            ending = Ending.DONE if last.kind is ActionKind.DONE else Ending.CANNOT
            reason = last.reason
            break
        if ActionKind.NEXT in kinds:
            step = names[min(len(passed), len(before))]
            passed.append(object_reached(room, world.pose, step))
        elif finished and command.sight is None:
            # As a mission does: an order is obeyed when its actions are done.
            ending = Ending.OBEYED
            break
        context = Context(context.goal, command.text, "ok" if finished else "blocked")
    return _judged(world, goal, before, walker, texts, passed, ending, reason)


def expert_policy(world: World, *names: str) -> Policy:
    """Returns the expert as a policy; it looks at the world instead of the frame.

    Args:
        world: Where the robot is.
        names: What is to be reached, in this order.
    """

    def policy(frame: np.ndarray, context: Context) -> Command:
        last = parse(context.last_command) if context.last_command else None
        step = step_under_way(names, last)
        index = world.room.find(names[step])
        visible = index is not None and index in world.visible()
        expert = Expert(world.room)
        goes_on = step + 1 < len(names)
        return expert.command(world.pose, names[step], visible, last, goes_on=goes_on)

    return policy


def _judged(
    world: World,
    goal: str,
    before: tuple[str, ...],
    walker: Walker,
    texts: list[str],
    passed: list[str],
    ending: Ending,
    reason: str,
) -> Episode:
    room, pose = world.room, world.pose
    reached = object_reached(room, pose, goal)
    bearing, distance, shortest = math.nan, math.nan, math.nan
    indices = [room.find(name) for name in (*before, goal)]
    items = [room.objects[index] for index in indices if index is not None]
    if len(items) == len(indices):
        bearing, distance = relative(pose, items[-1])
        shortest = shortest_path(room, room.start, *items)
    claimed = ending is Ending.DONE
    stands = math.hypot(*world.velocity[:2]) < _STILL
    # Whoever says `next` of the last one as well, and then `done`, has been everywhere in order.
    first, later = tuple(passed[: len(before)]), passed[len(before) :]
    steps = first == before and all(name == goal for name in later)
    return Episode(
        goal=goal,
        success=claimed and stands and reached == goal and steps,
        claimed=claimed,
        reached=reached,
        passed=tuple(passed),
        ending=ending,
        reason=reason,
        distance=distance,
        bearing=bearing,
        turns=len(texts),
        length=walker.length,
        shortest=shortest,
        duration=walker.time,
        collisions=world.collisions,
        motion=_motion(world, walker),
        commands=tuple(texts),
    )


def _motion(world: World, walker: Walker) -> Motion:
    start, pose = world.room.start, world.pose
    east, north = pose.x - start.x, pose.y - start.y
    cosine, sine = math.cos(start.yaw), math.sin(start.yaw)
    return Motion(
        forward=cosine * east + sine * north,
        left=cosine * north - sine * east,
        turned=walker.turned,
        looked=walker.looked,
        posture="standing" if walker.posture is Posture.STANDING else "sitting",
    )
