"""Closed-loop episodes in simulated time: a policy sees frames and says commands."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from specedge.commands import ActionKind, Command, CommandError, Context, parse
from specedge.sim.detour import shortest_path
from specedge.sim.expert import expert_command
from specedge.sim.room import Room, object_reached, relative
from specedge.sim.walking import Walker
from specedge.sim.world import World

Policy = Callable[[np.ndarray, Context], Command]
"""From a frame, uint8 [height, width, 3], and what else a turn knows, to a command."""

FRAME_SIZE = (392, 224)
"""Width and height of the frames, pixels."""
_MOST_TURNS = 40


@dataclass(frozen=True)
class Episode:
    """How an episode went.

    Attributes:
        goal: What was to be reached.
        success: Whether the robot stands before the goal, facing it, and said so.
        claimed: Whether it said that it was done.
        reached: Name of the object that it stands before and faces; empty for none.
        distance: To the goal's footprint, m; NaN when the room lacks the goal.
        bearing: Of the goal, rad; NaN when the room lacks it.
        turns: How many commands were given.
        length: Of the way, m.
        shortest: Length of the shortest way, m.
        duration: Simulated time of the motion, s.
        collisions: How often the robot ran into something.
        commands: Their texts.
    """

    goal: str
    success: bool
    claimed: bool
    reached: str
    distance: float
    bearing: float
    turns: int
    length: float
    shortest: float
    duration: float
    collisions: int
    commands: tuple[str, ...]

    @property
    def spl(self) -> float:
        """Success weighted by path length, 0 to 1 (Anderson et al. 2018)."""
        if not self.success:
            return 0.0
        return self.shortest / max(self.shortest, self.length) if self.shortest > 0.0 else 1.0


def run_episode(
    world: World,
    room: Room,
    goal: str,
    policy: Policy,
    *,
    sentence: str | None = None,
    most_turns: int = _MOST_TURNS,
    frame_size: tuple[int, int] = FRAME_SIZE,
) -> Episode:
    """Lets a policy drive the robot from the room's start.

    Args:
        world: What shows the room; its room is replaced.
        room: Where the episode takes place.
        goal: Name of the object to reach, such as ``red chair``; the room may lack it.
        policy: Gives a command for each frame; a `CommandError` ends the episode.
        sentence: What the robot is told; by default ``go to the <goal>``.
        most_turns: Commands after which the episode ends.
        frame_size: Width and height of the frames, pixels.
    """
    world.load(room)
    walker = Walker(world)
    context = Context(sentence or f"go to the {goal}")
    texts: list[str] = []
    claimed = False
    while len(texts) < most_turns:
        try:
            command = policy(world.render(*frame_size), context)
        except CommandError:
            break
        texts.append(command.text)
        finished = all(walker.execute(action) for action in command.actions)
        if any(act.kind in (ActionKind.DONE, ActionKind.CANNOT) for act in command.actions):
            claimed = command.actions[-1].kind is ActionKind.DONE
            break
        context = Context(context.goal, command.text, "ok" if finished else "blocked")
    return _judged(world, goal, walker, tuple(texts), claimed)


def expert_policy(world: World, goal: str) -> Policy:
    """Returns the expert as a policy; it looks at the world instead of the frame."""

    def policy(frame: np.ndarray, context: Context) -> Command:
        last = parse(context.last_command) if context.last_command else None
        index = world.room.find(goal)
        visible = index is not None and index in world.visible()
        return expert_command(world.room, world.pose, goal, visible, last)

    return policy


def _judged(
    world: World, goal: str, walker: Walker, texts: tuple[str, ...], claimed: bool
) -> Episode:
    room, pose = world.room, world.pose
    reached = object_reached(room, pose, goal)
    bearing, distance, shortest = math.nan, math.nan, math.nan
    index = room.find(goal)
    if index is not None:
        bearing, distance = relative(pose, room.objects[index])
        shortest = shortest_path(room, room.start, room.objects[index])
    return Episode(
        goal=goal,
        success=claimed and reached == goal,
        claimed=claimed,
        reached=reached,
        distance=distance,
        bearing=bearing,
        turns=len(texts),
        length=walker.length,
        shortest=shortest,
        duration=walker.time,
        collisions=world.collisions,
        commands=texts,
    )
