"""Whether an episode did what was asked for, and if not, why."""

from __future__ import annotations

import enum
import math

from specedge.commands import ActionKind, Command
from specedge.sim.outcome import Ending, Episode, Motion
from specedge.training.goals import Goal, GoalKind

WHOLE_TURN = math.radians(345)
"""What counts as a full look around, rad."""
PLACE_TOLERANCE, TURN_TOLERANCE = 0.15, math.radians(10)
"""How exactly an order has to be obeyed, m and rad."""


class Failure(str, enum.Enum):
    """Why an episode failed."""

    WRONG_OBJECT = "wrong object"
    STOPPED_SHORT = "claimed too early"
    STEP_LEFT_OUT = "step left out"
    ABSENT_CLAIMED = "absent, yet claimed"
    NOT_FOUND = "not found"
    GAVE_UP_EARLY = "gave up too early"
    BLOCKED = "said blocked"
    COLLISION = "ran into something"
    TIMEOUT = "out of time"
    NEVER_CLAIMED = "never claimed"
    OTHER_MOTION = "other motion"
    NO_COMMAND = "no command"


def judge(goal: Goal, episode: Episode) -> Failure | None:
    """Returns why an episode failed, or None when it did what was asked for.

    reach: the robot stands within 0.8 m of the named object, facing it within 20 degrees, and said
    so. two-step: the same of both, in their order. absent: it looked around once and gave up with
    ``not found``. order: it moved as it was told. All of it within the time of the episode.
    """
    if episode.ending is Ending.NO_COMMAND:
        return Failure.NO_COMMAND
    if episode.ending in (Ending.TIME, Ending.TURNS):
        if episode.collisions:
            return Failure.COLLISION
        return Failure.TIMEOUT if episode.ending is Ending.TIME else Failure.NEVER_CLAIMED
    if goal.kind is GoalKind.ORDER:
        return _judge_order(goal, episode)
    if episode.ending is Ending.OBEYED:
        return Failure.OTHER_MOTION
    if goal.kind is GoalKind.ABSENT:
        return _judge_absent(episode)
    if episode.ending is Ending.CANNOT:
        return Failure.BLOCKED if episode.reason == "blocked" else Failure.NOT_FOUND
    return None if episode.success else _judge_claim(goal, episode)


def expected_motion(command: Command) -> Motion:
    """Returns where a robot ends that does exactly what a command says."""
    forward, left, turned, looked, posture = 0.0, 0.0, 0.0, 0.0, "standing"
    for action in command.actions:
        if action.kind in (ActionKind.WALK, ActionKind.SIDESTEP):
            heading = turned + (0.0 if action.kind is ActionKind.WALK else math.pi / 2)
            forward += action.amount * math.cos(heading)
            left += action.amount * math.sin(heading)
        elif action.kind is ActionKind.TURN:
            turned += action.amount
        elif action.kind is ActionKind.LOOK_AROUND:
            turned += 2 * math.pi
        elif action.kind is ActionKind.SIT:
            posture = "sitting"
        looked = max(looked, abs(turned))
    return Motion(forward, left, turned, looked, posture)


def _judge_order(goal: Goal, episode: Episode) -> Failure | None:
    assert goal.order is not None
    wanted, done = expected_motion(goal.order), episode.motion
    there = math.hypot(done.forward - wanted.forward, done.left - wanted.left) <= PLACE_TOLERANCE
    turned = abs(done.turned - wanted.turned) <= TURN_TOLERANCE
    obeyed = episode.ending in (Ending.OBEYED, Ending.DONE)
    if obeyed and there and turned and done.posture == wanted.posture:
        return None
    return Failure.OTHER_MOTION


def _judge_absent(episode: Episode) -> Failure | None:
    if episode.ending is Ending.DONE:
        return Failure.ABSENT_CLAIMED
    if episode.reason != "not found" or episode.motion.looked < WHOLE_TURN:
        return Failure.GAVE_UP_EARLY
    return None


def _judge_claim(goal: Goal, episode: Episode) -> Failure:
    if len(episode.passed) < len(goal.names) - 1:
        return Failure.STEP_LEFT_OUT
    claims = (*episode.passed, episode.reached)
    return Failure.STOPPED_SHORT if "" in claims else Failure.WRONG_OBJECT
