from __future__ import annotations

import json

import pytest

from specedge.robot.codes import AvoidanceApi, ReturnCode, SportApi, StateCode
from specedge.sim.services.avoidance import AvoidanceService
from specedge.sim.services.parameters import BadParameter, Parameters
from specedge.sim.services.sport import SportService
from specedge.sim.services.state_machine import STILL, SportStateMachine

FORWARD_SLOWLY = Parameters('{"x": 0.2, "y": 0.0, "yaw": 0.0, "mode": 0}')


@pytest.fixture
def machine() -> SportStateMachine:
    now = [0.0]
    machine = SportStateMachine(lambda: now[0])
    machine.call(SportApi.STAND_UP)
    now[0] = 2.0
    machine.call(SportApi.BALANCE_STAND)
    return machine


def test_move_takes_its_three_velocities(machine: SportStateMachine) -> None:
    reply = SportService(machine).handle(1008, Parameters('{"x": 0.3, "y": -0.1, "z": 0.5}'))
    assert reply.code is ReturnCode.OK
    assert machine.velocity() == (0.3, -0.1, 0.5)


@pytest.mark.parametrize("text", ['{"x": 4, "y": 0, "z": 0}', '{"x": 0, "y": 0}', "[]"])
def test_a_move_outside_its_limits_or_without_a_field_moves_nothing(
    machine: SportStateMachine, text: str
) -> None:
    with pytest.raises(BadParameter):
        SportService(machine).handle(1008, Parameters(text))
    assert machine.velocity() == STILL


def test_acrobatics_are_not_implemented(machine: SportStateMachine) -> None:
    with pytest.raises(LookupError):
        SportService(machine).handle(1030, Parameters("{}"))


def test_euler_is_refused_by_a_lying_robot() -> None:
    level = Parameters('{"x": 0.0, "y": 0.1, "z": 0.0}')
    assert SportService(SportStateMachine()).handle(1007, level).code is ReturnCode.WRONG_POSTURE


def test_classic_walk_is_switched_on_and_off(machine: SportStateMachine) -> None:
    service = SportService(machine)
    machine.move(0.2, 0.0, 0.0)
    service.handle(2049, Parameters('{"data": true}'))
    assert machine.state_code() is StateCode.CLASSIC
    service.handle(2049, Parameters('{"data": false}'))
    assert machine.state_code() is StateCode.WALKING


def test_auto_recovery_is_remembered(machine: SportStateMachine) -> None:
    service = SportService(machine)
    service.handle(2054, Parameters('{"data": false}'))
    assert json.loads(service.handle(2055, Parameters("{}")).data) == {"data": False}


def test_avoidance_drives_only_while_it_is_on_and_listens_to_the_api(
    machine: SportStateMachine,
) -> None:
    service = AvoidanceService(machine)
    service.handle(AvoidanceApi.MOVE, FORWARD_SLOWLY)
    assert machine.velocity() == STILL
    service.handle(AvoidanceApi.SWITCH_SET, Parameters('{"enable": true}'))
    service.handle(AvoidanceApi.MOVE, FORWARD_SLOWLY)
    assert machine.velocity() == STILL
    take_over = Parameters('{"is_remote_commands_from_api": true}')
    service.handle(AvoidanceApi.USE_REMOTE_COMMAND_FROM_API, take_over)
    service.handle(AvoidanceApi.MOVE, FORWARD_SLOWLY)
    assert machine.velocity() == (0.2, 0.0, 0.0)
