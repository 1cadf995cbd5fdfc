from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.motion.clearance import Clearance
from specedge.motion.guard import LONGEST_STEP, TELL_AFTER, Decision, Guard, GuardInputs
from specedge.motion.limits import Limits
from specedge.motion.robot import RobotSample
from specedge.motion.velocity import STILL, BodyVelocity
from specedge.motion.watchdog import Silence

LIMITS = Limits()
any_float = st.floats(allow_nan=True, allow_infinity=True)
coordinates = st.floats(-2.0, 2.0) | st.just(math.nan)
any_velocity = st.builds(BodyVelocity, any_float, any_float, any_float)
samples = st.builds(
    RobotSample,
    received=st.floats(0.0, 100.0),
    x=any_float,
    y=any_float,
    yaw=any_float,
    vx=any_float,
    vy=any_float,
    yaw_rate=any_float,
    state_code=st.integers(0, 3000),
)
inputs = st.builds(
    GuardInputs,
    robot=st.none() | samples,
    silent=st.just(()) | st.just((Silence("camera", 1.0, 0.3),)),
    emergency=st.sampled_from(["", "button"]),
    not_ready=st.sampled_from(["", "lies"]),
    operator=st.booleans(),
    obstacles=st.lists(st.tuples(coordinates, coordinates), max_size=5).map(
        lambda points: np.array(points).reshape(-1, 2)
    ),
)
steps = st.lists(st.tuples(any_float, any_velocity, inputs), max_size=30)


def sample(received: float, vx: float = 0.0) -> RobotSample:
    return RobotSample(received, 0.0, 0.0, 0.0, vx, 0.0, 0.0, 1013)


def clear(received: float = 0.0, vx: float = 0.0) -> GuardInputs:
    return GuardInputs(robot=sample(received, vx))


def ramp_up(guard: Guard, start: float = 0.0, seconds: float = 1.0) -> float:
    now = start
    while now < start + seconds:
        guard.step(now, BodyVelocity(x=0.5), clear(now, 0.5))
        now += 0.02
    return now


@given(steps)
def test_whatever_comes_in_limits_and_accelerations_hold(
    history: list[tuple[float, BodyVelocity, GuardInputs]],
) -> None:
    guard = Guard(LIMITS)
    last = STILL
    for now, requested, given_ in history:
        decision = guard.step(now, requested, given_)
        v = decision.velocity
        assert v.finite
        assert abs(v.x) <= 0.5
        assert abs(v.y) <= 0.3
        assert abs(v.yaw_rate) <= 0.8
        if decision.held:
            assert v == STILL
        else:
            linear = LIMITS.linear_acceleration * LONGEST_STEP + 1e-12
            angular = LIMITS.yaw_acceleration * LONGEST_STEP + 1e-12
            # An obstacle slows the robot down at once, but speeds nothing up.
            last = Clearance(given_.obstacles, 0.0).slower(last)
            assert abs(v.x - last.x) <= linear
            assert abs(v.y - last.y) <= linear
            assert abs(v.yaw_rate - last.yaw_rate) <= angular
        last = v


@given(steps)
def test_whatever_comes_in_obstacles_are_kept_clear_of(
    history: list[tuple[float, BodyVelocity, GuardInputs]],
) -> None:
    guard = Guard(LIMITS, margin=0.06)
    for now, requested, given_ in history:
        v = guard.step(now, requested, given_).velocity
        clear_of = Clearance(given_.obstacles, 0.06).slower(v)
        assert clear_of.x == pytest.approx(v.x, abs=5e-3)
        assert clear_of.y == pytest.approx(v.y, abs=5e-3)
        assert clear_of.yaw_rate == pytest.approx(v.yaw_rate, abs=1e-2)


@given(steps)
def test_nothing_moves_with_any_cause_against_it_and_the_cause_is_named(
    history: list[tuple[float, BodyVelocity, GuardInputs]],
) -> None:
    guard = Guard(LIMITS)
    for now, requested, given_ in history:
        decision = guard.step(now, requested, given_)
        against = (
            given_.robot is None
            or given_.silent
            or given_.emergency
            or given_.not_ready
            or given_.operator
            or not requested.finite
        )
        assert bool(decision.held) == bool(against)
        if against:
            assert decision.velocity == STILL


def test_a_robot_at_speed_is_stopped_at_once_when_a_source_falls_silent() -> None:
    guard = Guard(LIMITS)
    now = ramp_up(guard)
    assert guard.velocity.x == 0.5
    silent = GuardInputs(sample(now, 0.5), silent=(Silence("verifier", math.inf, 0.3),))
    decision = guard.step(now, BodyVelocity(x=0.5), silent)
    assert decision == Decision(STILL, stop=True, held=("verifier: not heard for 0.30 s",))


def test_a_stop_is_repeated_until_newer_reports_show_standstill() -> None:
    guard = Guard(LIMITS)
    now = ramp_up(guard)
    old = sample(now - 0.1, 0.0)
    held = GuardInputs(old, emergency="button")
    for _ in range(50):
        now += 0.02
        assert guard.step(now, STILL, held).stop, "reports from before the stop do not confirm it"
    now += 0.02
    assert guard.step(now, STILL, GuardInputs(sample(now, 0.3), emergency="button")).stop
    stops = []
    for _ in range(10):
        now += 0.02
        stops.append(guard.step(now, STILL, GuardInputs(sample(now), emergency="button")).stop)
    assert stops[0]
    assert not stops[-1]
    assert guard.resting


def test_a_guard_that_drove_nothing_stops_nobody_elses_motion() -> None:
    guard = Guard(LIMITS)
    assert not guard.step(0.0, STILL, clear(0.0, vx=1.0)).stop


def test_an_emergency_stop_reaches_a_robot_that_this_guard_did_not_drive() -> None:
    guard = Guard(LIMITS)
    assert guard.step(0.0, STILL, GuardInputs(sample(0.0, 1.0), emergency="button")).stop


def test_the_operator_is_not_fought_with_stops() -> None:
    guard = Guard(LIMITS)
    now = ramp_up(guard)
    decision = guard.step(now, BodyVelocity(x=0.5), GuardInputs(sample(now, 0.5), operator=True))
    assert decision.velocity == STILL
    assert not decision.stop
    assert decision.held == ("operator: drives the robot himself",)


def test_motion_after_a_hold_starts_from_zero() -> None:
    guard = Guard(LIMITS)
    now = ramp_up(guard)
    guard.step(now, BodyVelocity(x=0.5), GuardInputs(sample(now), not_ready="lies"))
    decision = guard.step(now + 0.02, BodyVelocity(x=0.5), clear(now + 0.02))
    assert 0.0 < decision.velocity.x <= 0.02 * LIMITS.linear_acceleration + 1e-12


def test_a_cut_is_reported_with_what_was_asked() -> None:
    decision = Guard(LIMITS).step(0.0, BodyVelocity(x=2.0), clear())
    assert decision.cuts == ("x 2 cut to 0.5 m/s",)


def test_a_robot_at_speed_brakes_at_once_for_what_appears_before_it() -> None:
    guard = Guard(LIMITS, margin=0.06)
    now = ramp_up(guard)
    foot = GuardInputs(sample(now, 0.5), obstacles=np.array([(0.45, 0.0)]))
    decision = guard.step(now, BodyVelocity(x=0.5), foot)
    assert decision.velocity.x == pytest.approx(0.04, abs=2e-3)
    assert decision.cuts == ("keeps clear of something ahead",)


def test_what_is_kept_clear_of_is_told_once_until_it_has_been_clear_for_a_while() -> None:
    guard = Guard(LIMITS, margin=0.06)
    now = ramp_up(guard)
    told = []
    for ahead, seconds in ((0.5, 0.5), (3.0, 0.5), (0.5, 0.5), (3.0, TELL_AFTER + 0.1), (0.5, 0.1)):
        cuts = 0
        for _ in range(round(seconds / 0.02)):
            now += 0.02
            seen = GuardInputs(sample(now, 0.5), obstacles=np.array([(ahead, 0.0)]))
            cuts += len(guard.step(now, BodyVelocity(x=0.5), seen).cuts)
        told.append(cuts)
    assert told == [1, 0, 0, 0, 1]


def test_what_is_in_the_way_is_named_rather_than_what_is_nearest() -> None:
    guard = Guard(LIMITS, margin=0.06)
    now = ramp_up(guard)
    both = GuardInputs(sample(now, 0.5), obstacles=np.array([(0.44, 0.0), (-0.40, 0.0)]))
    cuts = guard.step(now, BodyVelocity(x=0.5), both).cuts
    assert cuts == ("keeps clear of something ahead",)


@pytest.mark.parametrize("half_width", [0.24, 0.27, 0.30])
@pytest.mark.parametrize("yaw", [-0.2, -0.08, 0.08, 0.2])
def test_a_robot_that_stands_askew_in_a_corridor_walks_along_it(
    half_width: float, yaw: float
) -> None:
    walls = np.array([(at / 50, side * half_width) for at in range(-75, 76) for side in (-1, 1)])
    guard = Guard(LIMITS, margin=0.06)
    x = y = now = 0.0
    for _ in range(500):
        now += 0.02
        cosine, sine = math.cos(yaw), math.sin(yaw)
        seen = (walls - (0.0, y)) @ np.array(((cosine, -sine), (sine, cosine)))
        inputs_ = GuardInputs(sample(now), obstacles=seen)
        v = guard.step(now, BodyVelocity(x=0.5, yaw_rate=-0.3 * yaw), inputs_).velocity
        x += (v.x * cosine - v.y * sine) * 0.02
        y += (v.x * sine + v.y * cosine) * 0.02
        yaw += v.yaw_rate * 0.02
    assert x > 0.3
