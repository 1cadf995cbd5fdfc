from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.sim.gait import STANDING_HEIGHT, Gait
from specedge.sim.services.body import Posture

# Of the Go2, rad: abduction, thigh (front and rear together), calf.
RANGES = ((-1.047, 1.047), (-1.571, 4.538), (-2.80, -0.80))


@given(
    x=st.floats(-1, 1), y=st.floats(-0.5, 0.5), yaw_rate=st.floats(-2, 2), steps=st.integers(1, 60)
)
def test_a_trotting_leg_keeps_to_the_ranges_of_its_joints(x, y, yaw_rate, steps):
    gait = Gait()
    for _ in range(steps):
        gait.advance(0.02, (x, y, yaw_rate), Posture.STANDING)
    for number, angle in enumerate(gait.joints()):
        low, high = RANGES[number % 3]
        assert low <= angle <= high


def test_diagonal_legs_move_together_and_neighbours_do_not():
    gait = Gait()
    for _ in range(7):
        gait.advance(0.02, (0.5, 0.0, 0.0), Posture.STANDING)
    front_left, front_right, rear_left, rear_right = gait.joints().reshape(4, 3)
    assert front_left == pytest.approx(rear_right)
    assert front_right == pytest.approx(rear_left)
    assert abs(front_left - front_right).max() > 0.1


@pytest.mark.parametrize("posture", [Posture.LYING, Posture.LIMP, Posture.SITTING])
def test_a_posture_takes_its_time_and_is_left_again(posture):
    gait = Gait()
    gait.advance(0.05, (0.0, 0.0, 0.0), posture)
    assert gait.height > 0.9 * STANDING_HEIGHT
    for _ in range(40):
        gait.advance(0.05, (0.0, 0.0, 0.0), posture)
    assert not gait.standing
    for _ in range(40):
        gait.advance(0.05, (0.0, 0.0, 0.0), Posture.STANDING)
    assert gait.standing
    assert gait.height == pytest.approx(STANDING_HEIGHT)
