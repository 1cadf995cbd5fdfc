from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.motion.limits import LimitError, Limits
from specedge.motion.pacing import Pace, Pacing
from specedge.motion.slew import slew
from specedge.motion.velocity import BodyVelocity

finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
velocities = st.builds(BodyVelocity, finite, finite, finite)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_limit_that_is_no_positive_number_is_refused(value: float) -> None:
    with pytest.raises(LimitError, match="forward"):
        Limits(forward=value)
    with pytest.raises(LimitError, match="walk"):
        Pacing(walk=value)


@given(velocities)
def test_a_clamped_velocity_is_inside_the_limits_and_every_cut_is_named(
    asked: BodyVelocity,
) -> None:
    limits = Limits()
    given_, cuts = limits.clamp(asked)
    assert abs(given_.x) <= 0.5
    assert abs(given_.y) <= 0.3
    assert abs(given_.yaw_rate) <= 0.8
    changed = [
        axis for axis in ("x", "y", "yaw_rate") if getattr(asked, axis) != getattr(given_, axis)
    ]
    assert [cut.split()[0] for cut in cuts] == changed


@given(velocities, velocities, st.floats(0.0, 1.0))
def test_slewing_goes_towards_the_wanted_velocity_and_never_past_it(
    current: BodyVelocity, wanted: BodyVelocity, seconds: float
) -> None:
    reached = slew(current, wanted, Limits(), seconds)
    for axis in ("x", "y", "yaw_rate"):
        low, high = sorted((getattr(current, axis), getattr(wanted, axis)))
        assert low <= getattr(reached, axis) <= high


@given(st.floats(0.0, 10.0), st.floats(0.0, 0.3))
def test_a_planned_speed_can_be_braked_in_what_remains(remaining: float, lag: float) -> None:
    pace = Pace(0.5, 0.1, 0.6, lag, 0.03, 0.02)
    speed = pace.speed(remaining)
    assert 0.1 <= speed <= 0.5
    if speed > pace.creep:
        assert lag * speed + speed**2 / (2 * pace.braking) <= remaining + 1e-9
