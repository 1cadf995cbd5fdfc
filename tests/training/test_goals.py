from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specedge.bench.robot.judging import expected_motion
from specedge.sim.base import Base
from specedge.sim.room import make_room
from specedge.training.frames import FIRST_HELD_OUT_ROOM, FIRST_TRAINING_ROOM
from specedge.training.goals import Goal, GoalKind, draw_goal

# A room costs tens of milliseconds.
seeds = st.integers(0, 400)
few = settings(max_examples=25, deadline=None)


@few
@given(seeds, st.sampled_from(list(GoalKind)))
def test_the_same_seed_asks_for_the_same(seed: int, kind: GoalKind) -> None:
    assert draw_goal(kind, seed) == draw_goal(kind, seed)


@few
@given(seeds)
def test_what_is_to_be_reached_is_in_the_room_and_called_without_doubt(seed: int) -> None:
    room = make_room(seed)
    for kind in (GoalKind.REACH, GoalKind.TWO_STEP):
        goal = draw_goal(kind, seed)
        assert len(goal.names) == (2 if kind is GoalKind.TWO_STEP else 1)
        assert len(set(goal.names)) == len(goal.names)
        for name, called in zip(goal.names, goal.called, strict=True):
            index = room.find(name)
            assert index is not None
            assert room.find(called) == index


@few
@given(seeds)
def test_what_is_absent_is_not_in_the_room(seed: int) -> None:
    goal = draw_goal(GoalKind.ABSENT, seed)
    assert make_room(seed).find(goal.names[0]) is None


@few
@given(seeds)
def test_nothing_is_in_the_way_of_an_order(seed: int) -> None:
    goal = draw_goal(GoalKind.ORDER, seed)
    assert goal.order is not None
    room = make_room(seed)
    wanted = expected_motion(goal.order)
    base = Base(room, room.start)
    for _ in range(500):
        base.step(0.02, (wanted.forward / 10, wanted.left / 10, 0.0))
    assert len(goal.order.actions) > 1 or base.collisions == 0


def test_some_absent_things_look_like_what_is_there() -> None:
    alike = 0
    for seed in range(40):
        colour, kind = draw_goal(GoalKind.ABSENT, seed).names[0].split()
        objects = make_room(seed).objects
        alike += any(item.colour == colour or item.kind == kind for item in objects)
    assert alike > 20


def test_a_goal_is_told_by_what_is_to_be_reached() -> None:
    goal = Goal(0, GoalKind.TWO_STEP, "go there", ("red ball", "blue door"))
    assert str(goal) == "red ball, then blue door"
    assert str(Goal(0, GoalKind.ORDER, "sit down")) == "sit down"


@pytest.mark.parametrize("seed", [1, 101, 2000])
def test_rooms_of_the_bench_are_none_that_training_sees(seed: int) -> None:
    assert seed + 100_000 < FIRST_HELD_OUT_ROOM < FIRST_TRAINING_ROOM
