"""Closed-loop episodes in simulated time: how often the robot does what it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from specedge.bench.robot.judging import Failure, judge
from specedge.commands import Command, Context
from specedge.decoding.policy import ModelPolicy
from specedge.motion.clearance import MARGIN
from specedge.sim.episode import Policy, expert_policy, run_episode
from specedge.sim.outcome import Episode
from specedge.sim.room import make_room
from specedge.sim.world import World
from specedge.training.goals import Goal, GoalKind, draw_goal

FRAME_SIZE = (640, 360)
"""Of the simulated robot's pictures, pixels."""
SECONDS_A_STEP = 60.0
"""Simulated time for each thing to be reached, looked for or done, s."""
MOST_TURNS = 60
"""Of an episode; a mission's own limit."""


@dataclass(frozen=True)
class EpisodeReport:
    """One episode, what was asked for, and why it failed; None when it did not."""

    goal: Goal
    episode: Episode
    failure: Failure | None


class Driver:
    """Runs episodes with one model, or with the expert; use it as a context manager.

    Args:
        model: Folder of a model; None drives by the simulator's expert, which sees the truth.
        clearance: Distance to keep from what the lidar sees, m; 0 to drive without it.

    Raises:
        ModelNotFound: the folder is not a model.
        NoGraphics: this machine has no OpenGL without a display.
    """

    def __init__(self, model: Path | None, clearance: float = MARGIN) -> None:
        self._clearance = clearance
        with ExitStack() as stack:
            self._world = stack.enter_context(World(make_room(0)))
            self._policy = stack.enter_context(ModelPolicy(model)) if model else None
            self._open = stack.pop_all()

    def run(self, goal: Goal) -> EpisodeReport:
        """Runs one episode; it depends on the goal and the model alone."""
        policy = self._policy or _expert(self._world, goal)
        episode = run_episode(
            self._world,
            goal.room,
            goal.names[-1] if goal.names else "",
            policy,
            sentence=goal.sentence,
            before=goal.names[:-1],
            most_turns=MOST_TURNS,
            longest=SECONDS_A_STEP * max(1, len(goal.names)),
            frame_size=FRAME_SIZE,
            clearance=self._clearance,
        )
        return EpisodeReport(goal, episode, judge(goal, episode))

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def draw_goals(first_seed: int, count: int, kinds: Sequence[GoalKind]) -> Iterator[Goal]:
    """Draws the goals of ``count`` rooms, the kinds in turn."""
    for index in range(count):
        yield draw_goal(kinds[index % len(kinds)], first_seed + index)


def _expert(world: World, goal: Goal) -> Policy:
    if goal.order is None:
        return expert_policy(world, *goal.called)
    order = goal.order

    def obey(frame: object, context: Context) -> Command:
        return order

    return obey
