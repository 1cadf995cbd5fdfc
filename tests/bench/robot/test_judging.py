from __future__ import annotations

import math
from dataclasses import replace

import pytest

from specedge.bench.robot.judging import Failure, expected_motion, judge
from specedge.commands import parse
from specedge.sim.outcome import Ending, Episode, Motion
from specedge.training.goals import Goal, GoalKind

STOOD = Motion(0.0, 0.0, 0.0, 0.0, "standing")
REACH = Goal(0, GoalKind.REACH, "go to the red ball", ("red ball",), ("red ball",))
BOTH = Goal(0, GoalKind.TWO_STEP, "", ("red ball", "blue door"), ("red ball", "door"))
ABSENT = replace(REACH, kind=GoalKind.ABSENT)
TURN = Goal(0, GoalKind.ORDER, "", order=parse("order; turn right 30 deg."))
ROUND = Motion(0.0, 0.0, 2 * math.pi, 2 * math.pi, "standing")


def episode(
    ending: Ending = Ending.DONE,
    *,
    success: bool = False,
    reached: str = "",
    passed: tuple[str, ...] = (),
    reason: str = "",
    collisions: int = 0,
    motion: Motion = STOOD,
) -> Episode:
    return Episode(
        goal="red ball",
        success=success,
        claimed=ending is Ending.DONE,
        reached=reached,
        passed=passed,
        ending=ending,
        reason=reason,
        distance=1.0,
        bearing=0.0,
        turns=3,
        length=1.0,
        shortest=1.0,
        duration=10.0,
        collisions=collisions,
        motion=motion,
        commands=(),
    )


@pytest.mark.parametrize(
    ("goal", "came", "failure"),
    [
        (REACH, episode(success=True, reached="red ball"), None),
        (REACH, episode(reached="red cone"), Failure.WRONG_OBJECT),
        (REACH, episode(), Failure.STOPPED_SHORT),
        (REACH, episode(Ending.CANNOT, reason="not found"), Failure.NOT_FOUND),
        (REACH, episode(Ending.CANNOT, reason="blocked"), Failure.BLOCKED),
        (REACH, episode(Ending.TIME), Failure.TIMEOUT),
        (REACH, episode(Ending.TIME, collisions=2), Failure.COLLISION),
        (REACH, episode(Ending.TURNS), Failure.NEVER_CLAIMED),
        (REACH, episode(Ending.NO_COMMAND), Failure.NO_COMMAND),
        (REACH, episode(Ending.OBEYED), Failure.OTHER_MOTION),
        (BOTH, episode(success=True, passed=("red ball",), reached="blue door"), None),
        (BOTH, episode(reached="blue door"), Failure.STEP_LEFT_OUT),
        (BOTH, episode(reached="blue door", passed=("red box",)), Failure.WRONG_OBJECT),
        (BOTH, episode(reached="blue door", passed=("",)), Failure.STOPPED_SHORT),
        (ABSENT, episode(Ending.CANNOT, reason="not found", motion=ROUND), None),
        (ABSENT, episode(Ending.CANNOT, reason="not found"), Failure.GAVE_UP_EARLY),
        (ABSENT, episode(Ending.CANNOT, reason="unsafe", motion=ROUND), Failure.GAVE_UP_EARLY),
        (ABSENT, episode(reached="red cone"), Failure.ABSENT_CLAIMED),
        (TURN, episode(Ending.OBEYED, motion=STOOD), Failure.OTHER_MOTION),
        (TURN, episode(Ending.CANNOT, reason="unclear"), Failure.OTHER_MOTION),
    ],
)
def test_an_episode_is_judged_by_what_was_asked_for(
    goal: Goal, came: Episode, failure: Failure | None
) -> None:
    assert judge(goal, came) is failure


@pytest.mark.parametrize(
    ("degrees", "forward", "posture", "obeyed"),
    [
        (-30, 0.0, "standing", True),
        (-25, 0.1, "standing", True),
        (-45, 0.0, "standing", False),
        (30, 0.0, "standing", False),
        (-30, 0.3, "standing", False),
        (-30, 0.0, "sitting", False),
        (330, 0.0, "standing", False),
    ],
)
def test_an_order_is_obeyed_within_tolerance(
    degrees: float, forward: float, posture: str, obeyed: bool
) -> None:
    turned = math.radians(degrees)
    came = episode(Ending.OBEYED, motion=Motion(forward, 0.0, turned, abs(turned), posture))
    assert (judge(TURN, came) is None) == obeyed


@pytest.mark.parametrize(
    ("text", "forward", "left", "degrees", "posture"),
    [
        ("order; walk 1.5 m.", 1.5, 0.0, 0, "standing"),
        ("order; back 0.5 m.", -0.5, 0.0, 0, "standing"),
        ("order; sidestep right 0.4 m.", 0.0, -0.4, 0, "standing"),
        ("order; turn left 90 deg; walk 1.0 m.", 0.0, 1.0, 90, "standing"),
        ("order; look around.", 0.0, 0.0, 360, "standing"),
        ("order; sit.", 0.0, 0.0, 0, "sitting"),
        ("order; stop.", 0.0, 0.0, 0, "standing"),
    ],
)
def test_what_a_command_asks_for_is_summed_up(
    text: str, forward: float, left: float, degrees: float, posture: str
) -> None:
    motion = expected_motion(parse(text))
    assert motion.forward == pytest.approx(forward)
    assert motion.left == pytest.approx(left)
    assert motion.turned == pytest.approx(math.radians(degrees))
    assert motion.posture == posture
