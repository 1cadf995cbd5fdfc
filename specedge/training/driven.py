"""Frames of a model's own driving, with what the expert says in its place.

Frames drawn anywhere show a model what there is to see. But whoever drives comes to places and to
last commands that are of its own making, and errs there in ways that no draw foresees; so the
expert answers there too, and the model learns from that (DAgger, Ross et al. 2011).

A shard of them is one of `specedge.training.frames` with its `DrivenTurn`s. Its name tells which
model drove, and from which room to which: ``driven-1a2b3c4d-00000-00049``.
"""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.progress import track

from specedge.commands import ActionKind, Command, Context, Sight
from specedge.commands.circles import Circles
from specedge.decoding.policy import ModelPolicy
from specedge.models.fingerprint import own_fingerprint
from specedge.sim.episode import Policy, expert_policy, run_episode
from specedge.sim.expert import Expert
from specedge.sim.redecorating import redecorated
from specedge.sim.room import make_room
from specedge.sim.world import World
from specedge.training.frames import (
    RENDERED,
    DrivenTurn,
    Taken,
    cells,
    save_shard,
    seen,
    segmented,
    small,
    unmade,
)
from specedge.training.goals import Goal, GoalKind, draw_goal
from specedge.training.last_commands import swapped

FIRST_DRIVEN_ROOM = 2_000_000
"""Seed of the first room; those of frames drawn anywhere lie below."""
HELPED = 0.2
"""Share of the turns that the expert takes, so that a model comes to see more than its mistakes."""
MOST_TURNS = 30
_KINDS = (GoalKind.TWO_STEP, GoalKind.REACH, GoalKind.TWO_STEP, GoalKind.ABSENT)
_CLOSE = 0.15
"""Largest difference of two turns or walks that mean the same, rad or m."""


def drive_frames(model: Path, folder: Path, rooms: range, processes: int, size: int = 50) -> None:
    """Lets a model drive in rooms and adds what it saw to a folder of frames; resumable.

    What another model saw in the same rooms stays.

    Args:
        model: Folder of the model.
        folder: Of the frames; rooms in which this model has driven are left out.
        rooms: Which, counted from `FIRST_DRIVEN_ROOM`, each with a goal of its own.
        processes: That drive.
        size: Rooms of a shard.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark = f"driven-{own_fingerprint(model)[:8]}"
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [
            pool.submit(_drive_shard, model, folder, mark, chunk)
            for chunk in unmade(folder, mark, rooms, size)
        ]
        for job in track(jobs, description="driving"):
            job.result()


def _drive_shard(model: Path, folder: Path, mark: str, rooms: range) -> None:
    import torch

    torch.set_num_threads(1)
    taken: list[Taken] = []
    turns: list[DrivenTurn] = []
    with World(make_room(0)) as world, ModelPolicy(model) as policy:
        for index in rooms:
            kind = _KINDS[index % len(_KINDS)]
            goal = draw_goal(kind, FIRST_DRIVEN_ROOM + index, held_out=False)
            watched = Watched(world, goal, policy)
            drive(watched)
            taken += watched.taken
            turns += watched.turns
    save_shard(folder, f"{mark}-{rooms[0]:05d}-{rooms[-1]:05d}", taken, turns)


class Watched:
    """A policy that a model shares with the expert; keeps what was seen, and should be said.

    Args:
        world: Where the robot is.
        goal: What it is asked for.
        policy: The model's.
    """

    def __init__(self, world: World, goal: Goal, policy: Policy) -> None:
        self.world, self.goal = world, goal
        self.taken: list[Taken] = []
        self.turns: list[DrivenTurn] = []
        self._policy = policy
        self._expert_policy = expert_policy(world, *goal.called)
        self._random = random.Random(goal.seed)
        self._circles = Circles()

    def __call__(self, frame: np.ndarray, context: Context) -> Command:
        """Returns the command that is carried out."""
        said, right = self._policy(frame, context), self._expert_policy(frame, context)
        if right.actions[-1].reason == "blocked":
            # Where it has come to there is no way on: nothing to be learnt.
            return right
        wrong = differ(said, right, any_side=not context.last_command)
        shown, counts = segmented(self.world)
        objects = seen(Expert(self.world.room), self.world.pose, counts)
        self.taken.append((small(frame), cells(shown, len(counts)), objects))
        turn = DrivenTurn(
            self.goal.called, context.last_command, context.outcome, right.text, wrong
        )
        self.turns.append(turn)
        ends = said.actions[-1].kind in (ActionKind.DONE, ActionKind.CANNOT, ActionKind.NEXT)
        again = self._circles.note(context.last_command, said.text) > 1
        helped = again or (ends and wrong) or self._random.random() < HELPED
        return right if helped else said


def drive(watched: Watched) -> None:
    """Runs the episode of what is watched, in a room that looks like none that was measured."""
    goal = watched.goal
    run_episode(
        watched.world,
        redecorated(goal.room, np.random.default_rng(goal.seed)),
        goal.names[-1],
        watched,
        sentence=goal.sentence,
        before=goal.names[:-1],
        most_turns=MOST_TURNS,
        frame_size=RENDERED,
    )


def differ(said: Command, right: Command, *, any_side: bool = False) -> bool:
    """Whether two commands lead to different places, or tell of different things.

    Args:
        said, right: The model's and the expert's.
        any_side: Whether a search may as well turn the other way, since nothing was seen before.
    """
    searches = right.sight is not None and right.sight.searched is not None
    if any_side and searches and said.text == swapped(right.text):
        return False
    if _sights_differ(said.sight, right.sight) or len(said.actions) != len(right.actions):
        return True
    return any(
        one.kind is not other.kind or abs(one.amount - other.amount) > _CLOSE
        for one, other in zip(said.actions, right.actions, strict=True)
    )


def _sights_differ(one: Sight | None, other: Sight | None) -> bool:
    """Whether one names or sees what the other does not, or has searched elsewhere."""
    if one is None or other is None:
        return one is not other
    if (one.name, one.seen) != (other.name, other.seen):
        return True
    return abs((one.searched or 0.0) - (other.searched or 0.0)) > _CLOSE
