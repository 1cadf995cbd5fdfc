from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.robot.dead_man import (
    DEAD_MAN,
    SETTLING,
    STOP_PERIOD,
    UNCONFIRMED_AFTER,
    DeadMan,
    Stop,
)
from specedge.robot.messages import RobotState, Velocity

NEVER = 1e9
FORWARD = Velocity(0.3, 0.0, 0.0, NEVER)


def state(at: float, speed: float = 0.0, yaw_rate: float = 0.0) -> RobotState:
    return RobotState(at, 0.0, 0.0, 0.0, speed, 0.0, yaw_rate, 1013)


def moving_since(start: float) -> DeadMan:
    dead_man = DeadMan()
    dead_man.drive(FORWARD)
    assert dead_man.next(start, None) == FORWARD
    return dead_man


def test_each_velocity_is_sent_once() -> None:
    dead_man = moving_since(0.0)
    assert dead_man.next(0.01, state(0.0, 0.3)) is None


def test_a_velocity_that_arrives_after_its_deadline_is_never_sent() -> None:
    dead_man = DeadMan()
    dead_man.drive(Velocity(0.3, 0.0, 0.0, deadline=5.0))
    assert dead_man.next(5.0, None) is None
    assert dead_man.at_rest


def test_silence_stops_a_moving_robot() -> None:
    dead_man = moving_since(0.0)
    assert dead_man.next(DEAD_MAN - 0.01, state(0.2, 0.3)) is None
    assert dead_man.next(DEAD_MAN, state(0.2, 0.3)) == Stop()


def test_a_deadline_before_the_end_of_patience_stops_the_robot_then() -> None:
    dead_man = DeadMan()
    dead_man.drive(Velocity(0.3, 0.0, 0.0, deadline=0.1))
    dead_man.next(0.0, None)
    assert dead_man.next(0.1, state(0.1, 0.3)) == Stop()


def test_a_velocity_of_zero_is_a_stop() -> None:
    dead_man = moving_since(0.0)
    dead_man.drive(Velocity(0.0, 0.0, 0.0, NEVER))
    assert dead_man.next(0.1, state(0.1, 0.3)) == Stop()


def test_a_robot_at_rest_is_told_nothing() -> None:
    dead_man = DeadMan()
    dead_man.drive(Velocity(0.0, 0.0, 0.0, NEVER))
    assert dead_man.next(0.0, state(0.0)) is None
    assert dead_man.due(0.0) is None


def test_a_stop_is_repeated_until_the_robot_reports_that_it_is_still() -> None:
    dead_man = moving_since(0.0)
    now = DEAD_MAN
    for _ in range(5):
        assert dead_man.next(now, state(now, 0.2)) == Stop()
        assert dead_man.next(now + STOP_PERIOD / 2, state(now, 0.2)) is None
        now += STOP_PERIOD
    assert dead_man.next(now, state(now)) is None
    assert dead_man.at_rest


def test_news_from_before_the_stop_does_not_confirm_it() -> None:
    dead_man = moving_since(0.0)
    dead_man.next(DEAD_MAN, None)
    later = DEAD_MAN + STOP_PERIOD
    assert dead_man.next(later, state(DEAD_MAN + SETTLING / 2)) == Stop()
    assert not dead_man.at_rest


@pytest.mark.parametrize("speed", [math.nan, math.inf])
def test_a_speed_that_is_no_number_does_not_confirm_a_stop(speed: float) -> None:
    dead_man = moving_since(0.0)
    dead_man.next(DEAD_MAN, None)
    assert dead_man.next(1.0, state(1.0, speed)) == Stop()
    assert dead_man.next(1.2, state(1.2, 0.0, speed)) == Stop()


def test_a_demanded_stop_reaches_a_robot_that_is_not_known_to_move() -> None:
    dead_man = DeadMan()
    dead_man.stop()
    assert dead_man.next(0.0, state(0.0)) == Stop()


def test_a_released_robot_is_stopped_once_although_it_moves_on() -> None:
    dead_man = moving_since(0.0)
    dead_man.release()
    assert dead_man.due(0.1) == 0.0
    assert dead_man.next(0.1, state(0.1, 0.5)) == Stop()
    assert dead_man.at_rest
    assert dead_man.due(10.0) is None
    dead_man.drive(FORWARD)
    assert dead_man.next(11.0, None) == FORWARD


def test_a_stop_that_is_not_confirmed_for_long_is_told() -> None:
    dead_man = moving_since(0.0)
    dead_man.next(DEAD_MAN, None)
    assert not dead_man.unconfirmed(DEAD_MAN + UNCONFIRMED_AFTER)
    assert dead_man.unconfirmed(DEAD_MAN + UNCONFIRMED_AFTER + 0.01)


def test_a_stop_that_is_asked_for_again_and_again_is_told_as_well() -> None:
    dead_man = moving_since(0.0)
    for tenths in range(1, 12):
        dead_man.stop()
        assert dead_man.next(tenths / 10, state(tenths / 10, 0.4)) == Stop()
    assert dead_man.unconfirmed(0.1 + UNCONFIRMED_AFTER + 0.01)


@given(drives=st.lists(st.tuples(st.floats(0.001, 0.6), st.sampled_from([0.0, 0.3])), max_size=40))
def test_whatever_is_asked_for_silence_longer_than_the_patience_ends_in_a_stop(
    drives: list[tuple[float, float]],
) -> None:
    dead_man = DeadMan()
    now, last = 0.0, None
    for gap, speed in drives:
        dead_man.drive(Velocity(speed, 0.0, 0.0, NEVER))
        driven = now
        while now <= driven + gap:
            last = dead_man.next(now, None) or last
            if now >= driven + DEAD_MAN or speed == 0.0:
                assert last is None or last == Stop()
            now += 0.01
