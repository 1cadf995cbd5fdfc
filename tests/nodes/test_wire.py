from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.nodes import wire
from specedge.robot.sport_port import to_robot_state


@pytest.mark.parametrize("moment", [0.0, 0.25, 12.000000001, 1.8e9])
def test_a_stamp_is_the_moment_that_it_was_made_from(moment: float) -> None:
    assert wire.seconds(wire.stamp(moment)) == pytest.approx(moment, abs=1e-6)


def test_there_is_no_stamp_before_the_epoch() -> None:
    """As the odometry of a node would have that has heard no simulated clock yet."""
    assert wire.seconds(wire.stamp(-0.02)) == 0.0


@given(
    roll=st.floats(-math.pi + 0.01, math.pi - 0.01),
    pitch=st.floats(-1.5, 1.5),
    yaw=st.floats(-math.pi + 0.01, math.pi - 0.01),
)
def test_what_the_go2_says_of_its_attitude_is_passed_on(
    roll: float, pitch: float, yaw: float
) -> None:
    turn = wire.quaternion(roll, pitch, yaw)
    go2 = SimpleNamespace(
        imu_state=SimpleNamespace(quaternion=[turn.w, turn.x, turn.y, turn.z]),
        position=[1.0, 2.0, 0.3],
        velocity=[0.0, 0.0, 0.0],
        yaw_speed=0.0,
        error_code=1013,
    )
    state = to_robot_state(go2, received=0.0)
    assert (state.roll, state.pitch, state.yaw) == pytest.approx((roll, pitch, yaw), abs=1e-6)
    assert (state.x, state.y, state.z) == (1.0, 2.0, 0.3)


def test_a_robot_that_looks_down_has_its_nose_below_its_back() -> None:
    turn = wire.quaternion(0.0, 0.3, 0.0)
    forward_z = 2.0 * (turn.x * turn.z - turn.w * turn.y)
    assert forward_z == pytest.approx(-math.sin(0.3))
