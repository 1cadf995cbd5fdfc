from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specedge.sim.base import ACCELERATION, LAG, YAW_ACCELERATION, Base
from specedge.sim.room import PlacedObject, Pose, make_room

STEP = 0.02
COMMANDS = st.lists(
    st.tuples(st.floats(-2.5, 3.8), st.floats(-1, 1), st.floats(-4, 4)), min_size=1, max_size=25
)


def drive(base: Base, command: tuple[float, float, float], seconds: float) -> None:
    for _ in range(round(seconds / STEP)):
        base.step(STEP, command)


def body_clearance(room, pose: Pose) -> float:
    """Of the line from tail to head to the nearest obstacle, m."""
    along = np.linspace(-0.2, 0.2, 3)
    x, y = pose.x + along * math.cos(pose.yaw), pose.y + along * math.sin(pose.yaw)
    return float(room.clearance(x, y).min())


def test_a_velocity_is_reached_and_kept(furnish):
    base = Base(furnish(), Pose(-2.0, 0.0, 0.0))
    drive(base, (0.5, 0.1, 0.2), 1.5)
    assert base.velocity == pytest.approx((0.5, 0.1, 0.2), abs=0.005)


def test_a_small_step_in_velocity_lags_by_its_time_constant(furnish):
    base = Base(furnish(), Pose(-2.0, 0.0, 0.0))
    drive(base, (0.1, 0.0, 0.0), 0.14 + 0.02)
    assert base.velocity[0] == pytest.approx(0.1 * (1 - math.exp(-0.16 / LAG)), abs=0.004)


def test_moving_straight_ends_where_the_heading_points(furnish):
    base = Base(furnish(), Pose(0.0, 0.0, math.pi / 2))
    drive(base, (0.5, 0.0, 0.0), 2.0)
    assert base.pose.x == pytest.approx(0.0, abs=1e-9)
    assert 0.85 < base.pose.y < 1.0


@settings(max_examples=25, deadline=None)
@given(commands=COMMANDS)
def test_no_command_changes_the_velocity_faster_than_the_limits(commands):
    base = Base(dataclasses.replace(make_room(0), size=(500.0, 500.0), objects=()), Pose(0, 0, 0))
    limits = np.array((ACCELERATION, ACCELERATION, YAW_ACCELERATION)) * STEP
    for command in commands:
        before = np.array(base.velocity)
        base.step(STEP, command)
        assert (np.abs(np.array(base.velocity) - before) <= limits + 1e-9).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 30), commands=COMMANDS)
def test_no_command_drives_the_body_into_a_wall_or_an_object(seed, commands):
    room = make_room(seed)
    base = Base(room, room.start)
    for command in commands:
        drive(base, command, 0.3)
        assert body_clearance(room, base.pose) > 0.17 - 0.005


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 30), commands=COMMANDS)
def test_the_same_commands_give_the_same_motion(seed, commands):
    room = make_room(seed)
    first, second = Base(room, room.start), Base(room, room.start)
    for command in commands:
        drive(first, command, 0.1)
        drive(second, command, 0.1)
    assert (first.pose, first.velocity, first.collisions) == (
        second.pose,
        second.velocity,
        second.collisions,
    )


def test_a_wall_ahead_stops_the_robot_and_counts_once(furnish):
    base = Base(furnish(), Pose(2.0, 0.0, 0.0))
    drive(base, (0.6, 0.0, 0.0), 4.0)
    assert base.collisions == 1
    assert base.touching
    assert base.pose.x == pytest.approx(3.0 - 0.37, abs=0.01)
    assert base.velocity[0] == pytest.approx(0.0, abs=0.02)


def test_another_contact_after_a_retreat_counts_again(furnish):
    base = Base(furnish(), Pose(2.0, 0.0, 0.0))
    drive(base, (0.6, 0.0, 0.0), 2.0)
    drive(base, (-0.6, 0.0, 0.0), 1.0)
    drive(base, (0.6, 0.0, 0.0), 2.5)
    assert base.collisions == 2


def test_an_object_met_at_an_angle_is_slid_along(furnish):
    base = Base(furnish(PlacedObject("sofa", "red", 1.5, 0.0, 0.0)), Pose(0.0, 0.3, 0.35))
    drive(base, (0.6, 0.0, 0.0), 5.0)
    assert base.collisions == 1
    assert base.pose.y > 0.8


def test_a_free_walk_counts_no_collision(furnish):
    base = Base(furnish(), Pose(-2.0, 0.0, 0.0))
    drive(base, (0.6, 0.0, 0.3), 3.0)
    assert base.collisions == 0
    assert not base.touching
