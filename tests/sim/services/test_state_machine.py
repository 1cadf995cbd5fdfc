from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.robot.codes import ReturnCode, SportApi, StateCode
from specedge.sim.services.body import Posture
from specedge.sim.services.state_machine import HOLD, RISE_TIME, STILL, SportStateMachine

SKILLS = (
    SportApi.DAMP,
    SportApi.STAND_UP,
    SportApi.STAND_DOWN,
    SportApi.BALANCE_STAND,
    SportApi.RECOVERY_STAND,
    SportApi.SIT,
    SportApi.RISE_SIT,
    SportApi.STOP_MOVE,
    SportApi.STATIC_WALK,
    SportApi.TROT_RUN,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def machine(clock: Clock) -> SportStateMachine:
    return SportStateMachine(clock)


@pytest.fixture
def standing(clock: Clock, machine: SportStateMachine) -> SportStateMachine:
    machine.call(SportApi.STAND_UP)
    clock.now += RISE_TIME
    machine.call(SportApi.BALANCE_STAND)
    return machine


def test_a_robot_that_was_just_switched_on_lies(machine: SportStateMachine) -> None:
    assert machine.state_code() is StateCode.CROUCHING
    assert machine.posture() is Posture.LYING


def test_standing_up_takes_time_and_ends_with_locked_joints(
    clock: Clock, machine: SportStateMachine
) -> None:
    assert machine.call(SportApi.STAND_UP) is ReturnCode.OK
    clock.now += RISE_TIME - 0.01
    assert machine.state_code() is StateCode.CROUCHING
    assert machine.posture() is Posture.STANDING
    clock.now += 0.02
    assert machine.state_code() is StateCode.STANDING_LOCK


def test_a_locked_robot_ignores_move_and_says_nothing(
    clock: Clock, machine: SportStateMachine
) -> None:
    machine.call(SportApi.STAND_UP)
    clock.now += RISE_TIME
    assert machine.move(0.5, 0.0, 0.0) is ReturnCode.OK
    assert machine.velocity() == STILL
    machine.call(SportApi.BALANCE_STAND)
    assert machine.velocity() == STILL


def test_a_balancing_robot_holds_a_move_for_one_second(
    clock: Clock, standing: SportStateMachine
) -> None:
    standing.move(0.5, -0.1, 0.2)
    clock.now += HOLD - 0.01
    assert standing.velocity() == (0.5, -0.1, 0.2)
    assert standing.state_code() is StateCode.WALKING
    clock.now += 0.02
    assert standing.velocity() == STILL
    assert standing.state_code() is StateCode.BALANCE_STAND


def test_the_newest_move_counts_and_is_held_anew(clock: Clock, standing: SportStateMachine) -> None:
    standing.move(0.5, 0.0, 0.0)
    clock.now += 0.9
    standing.move(0.1, 0.0, 0.0)
    clock.now += 0.9
    assert standing.velocity() == (0.1, 0.0, 0.0)


def test_stop_move_forgets_the_held_velocity(standing: SportStateMachine) -> None:
    standing.move(0.5, 0.0, 0.0)
    assert standing.call(SportApi.STOP_MOVE) is ReturnCode.OK
    assert standing.velocity() == STILL


@pytest.mark.parametrize("api", [SportApi.SIT, SportApi.STAND_DOWN, SportApi.DAMP])
def test_leaving_the_standing_posture_stops_the_robot(
    standing: SportStateMachine, api: SportApi
) -> None:
    standing.move(0.5, 0.0, 0.0)
    assert standing.call(api) is ReturnCode.OK
    assert standing.velocity() == STILL


def test_damp_lets_the_legs_go_limp_at_once(standing: SportStateMachine) -> None:
    standing.call(SportApi.DAMP)
    assert standing.state_code() is StateCode.DAMPING
    assert standing.posture() is Posture.LIMP


@pytest.mark.parametrize("api", [SportApi.BALANCE_STAND, SportApi.SIT, SportApi.RISE_SIT])
def test_a_lying_robot_refuses_calls_that_need_it_to_stand(
    machine: SportStateMachine, api: SportApi
) -> None:
    assert machine.call(api) is ReturnCode.WRONG_POSTURE
    assert machine.state_code() is StateCode.CROUCHING


def test_a_robot_on_its_way_up_refuses_other_postures_but_not_damp(
    machine: SportStateMachine,
) -> None:
    machine.call(SportApi.STAND_UP)
    assert machine.call(SportApi.STAND_UP) is ReturnCode.OK
    assert machine.call(SportApi.STAND_DOWN) is ReturnCode.WRONG_POSTURE
    assert machine.call(SportApi.DAMP) is ReturnCode.OK


def test_recovery_stand_leads_from_limp_to_walking(
    clock: Clock, machine: SportStateMachine
) -> None:
    machine.call(SportApi.DAMP)
    machine.call(SportApi.RECOVERY_STAND)
    clock.now += RISE_TIME
    assert machine.state_code() is StateCode.BALANCE_STAND


def test_a_sitting_robot_rises_to_balance(clock: Clock, standing: SportStateMachine) -> None:
    standing.call(SportApi.SIT)
    clock.now += RISE_TIME
    assert standing.state_code() is StateCode.SITTING
    assert standing.call(SportApi.RISE_SIT) is ReturnCode.OK
    clock.now += RISE_TIME
    assert standing.state_code() is StateCode.BALANCE_STAND


def test_a_gait_shows_in_the_state_while_walking(standing: SportStateMachine) -> None:
    assert standing.call(SportApi.TROT_RUN) is ReturnCode.OK
    standing.move(0.5, 0.0, 0.0)
    assert standing.state_code() is StateCode.RUNNING


def test_an_uninitialised_service_refuses_everything_until_it_comes_up(clock: Clock) -> None:
    machine = SportStateMachine(clock, initialised=False)
    assert machine.call(SportApi.STAND_UP) is ReturnCode.NOT_INITIALISED
    assert machine.move(0.1, 0.0, 0.0) is ReturnCode.NOT_INITIALISED
    machine.initialise()
    assert machine.call(SportApi.STAND_UP) is ReturnCode.OK


def test_a_call_that_is_no_skill_is_a_mistake_of_the_caller(machine: SportStateMachine) -> None:
    with pytest.raises(ValueError, match="EULER"):
        machine.call(SportApi.EULER)


@given(
    steps=st.lists(
        st.tuples(st.sampled_from([*SKILLS, SportApi.MOVE]), st.floats(0.0, 1.5)), max_size=30
    )
)
def test_whatever_is_called_a_robot_that_does_not_balance_never_moves(
    steps: list[tuple[SportApi, float]],
) -> None:
    clock = Clock()
    machine = SportStateMachine(clock)
    moved_at = -10.0
    for api, pause in steps:
        if api is SportApi.MOVE:
            machine.move(0.3, 0.0, 0.0)
            moved_at = clock.now
        else:
            machine.call(api)
        clock.now += pause
        if machine.velocity() != STILL:
            assert machine.posture() is Posture.STANDING
            assert machine.state_code() in {StateCode.WALKING, StateCode.RUNNING}
            assert clock.now - moved_at < HOLD


def test_it_has_been_idle_since_the_newest_call(clock: Clock, machine: SportStateMachine) -> None:
    assert machine.idle() == float("inf")
    machine.call(SportApi.STOP_MOVE)
    clock.now += 2.0
    assert machine.idle() == pytest.approx(2.0)
    machine.move(0.1, 0.0, 0.0)
    assert machine.idle() == 0.0
