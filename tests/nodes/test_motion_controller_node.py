from __future__ import annotations

import math
import time

import pytest

from specedge.commands import Action, ActionKind
from specedge.nodes import motion_settings
from tests.nodes.conftest import Stage
from tests.nodes.stage import Child, Operator, RemoteControl, SportWatch, seed_with_way_ahead

WALK = Action(ActionKind.WALK, 2.0)
STANDSTILL = 0.5
"""Seconds within which the robot is to stand still once something it needs is gone."""


def values(**changes: object) -> dict[str, object]:
    return {setting.name: setting.default for setting in motion_settings.SETTINGS} | changes


def dry_run(stage: Stage, **parameters: object) -> Operator:
    """Starts a controller without a robot, and returns who orders it about once it is ready."""
    operator = stage.operator
    operator.stand_in_for_vlm()
    operator.stand_in_for_camera()
    stage.start_node("motion_controller_node", **parameters)
    operator.wait_for_motion("ready")
    return operator


def at_speed(stage: Stage, robot: SportWatch) -> None:
    """Has the robot walk, and returns when it does so at its speed."""
    operator = stage.operator
    operator.wait_for_motion("ready")
    operator.order(WALK)
    operator.wait(lambda: robot.newest()[0] > 0.33, "the robot to walk")


def standing(stage: Stage, ahead: float = 2.5) -> tuple[Operator, SportWatch, Child]:
    """Starts a simulated robot with so many metres ahead, and its controller; it stands up."""
    operator = stage.operator
    operator.stand_in_for_vlm()
    operator.stand_in_for_camera()
    robot = stage.start_simulator(seed_with_way_ahead(ahead))
    controller = stage.start_controller()
    operator.wait_for_motion("ready")
    return operator, robot, controller


def walking(stage: Stage) -> tuple[Operator, SportWatch, Child]:
    """The same with the robot at its walking speed."""
    operator, robot, controller = standing(stage)
    at_speed(stage, robot)
    return operator, robot, controller


def test_a_robot_called_simulated_must_be_on_the_loopback_interface() -> None:
    with pytest.raises(motion_settings.UnsafeSetting, match="eth0"):
        motion_settings.pilot_settings(values(simulated=True, network_interface="eth0"))


def test_a_verifier_that_is_not_required_is_not_watched() -> None:
    settings = motion_settings.pilot_settings(values(verifier_required=False))
    assert motion_settings.VERIFIER not in settings.silences
    assert motion_settings.CAMERA in settings.silences


def test_the_lidar_is_watched_where_there_is_a_robot_and_a_distance_to_keep() -> None:
    simulated = values(simulated=True, network_interface="lo")
    settings = motion_settings.pilot_settings(simulated)
    assert settings.silences["lidar"] == 0.5
    assert settings.margin == 0.06
    for without in (values(), simulated | {"clearance": 0.0}):
        assert "lidar" not in motion_settings.pilot_settings(without).silences


def test_a_lowered_limit_leaves_time_for_what_it_slows_down() -> None:
    slow = values(forward_limit=0.1, lateral_limit=0.05, yaw_rate_limit=0.2)
    pacing = motion_settings.pilot_settings(slow).pacing
    assert (pacing.walk, pacing.sidestep, pacing.turn) == (0.1, 0.05, 0.2)


def test_axes_that_count_for_nothing_are_numbers() -> None:
    assert motion_settings.axes("") == frozenset()
    assert motion_settings.axes("2, 5") == {2, 5}
    with pytest.raises(motion_settings.BadAxes, match="'left trigger'"):
        motion_settings.axes("left trigger")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_without_live_a_command_is_worked_out_and_nothing_is_sent(stage: Stage) -> None:
    operator = dry_run(stage)
    operator.order(Action(ActionKind.TURN, math.radians(45)))
    operator.wait(lambda: operator.motion[-1].finished_turn == 1, "the end of the turn")
    state = operator.motion[-1]
    assert state.dry_run
    assert not state.live
    assert state.outcome == "ok"
    assert max(message.commanded.angular.z for message in operator.motion) == pytest.approx(0.7)
    assert operator.driven == [], "others may drive a robot by /cmd_vel"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_commands_are_carried_out_measured_by_the_robots_odometry(stage: Stage) -> None:
    operator, _, _ = standing(stage, ahead=1.5)
    start = operator.odometry[-1].pose.pose
    operator.order(Action(ActionKind.WALK, 0.8))
    operator.wait(lambda: operator.motion[-1].finished_turn == 1, "the end of the walk")
    end = operator.odometry[-1].pose.pose
    walked = math.hypot(end.position.x - start.position.x, end.position.y - start.position.y)
    assert operator.motion[-1].outcome == "ok"
    assert walked == pytest.approx(0.8, abs=0.08)
    operator.order(Action(ActionKind.TURN, math.radians(-60)), turn=2)
    operator.wait(lambda: operator.motion[-1].finished_turn == 2, "the end of the turn")
    before = 2 * math.atan2(end.orientation.z, end.orientation.w)
    turned = operator.odometry[-1].pose.pose.orientation
    after = 2 * math.atan2(turned.z, turned.w)
    difference = math.degrees(math.remainder(after - before, 2 * math.pi))
    assert difference == pytest.approx(-60, abs=5)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_walk_that_would_end_in_a_wall_ends_before_it(stage: Stage) -> None:
    operator, _, _ = standing(stage, ahead=1.5)
    for turn in (1, 2, 3):
        operator.order(WALK, turn=turn)
        operator.wait(lambda turn=turn: operator.motion[-1].finished_turn == turn, "its end")
    assert operator.motion[-1].outcome == "blocked"
    reasons = [reason for state in operator.motion for reason in state.limits]
    assert any(reason.startswith("keeps clear of something ahead") for reason in reasons)
    assert stage.collisions() == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_robot_stands_still_soon_after_the_camera_node_is_killed(stage: Stage) -> None:
    operator = stage.operator
    operator.stand_in_for_vlm()
    robot = stage.start_simulator(seed_with_way_ahead(2.5))
    stage.start_controller()
    camera = stage.start_node("camera_node", network_interface="lo")
    operator.wait(lambda: bool(operator.pictures), "a picture")
    at_speed(stage, robot)
    gone = camera.kill()
    assert robot.time_of_standstill(gone, patience=2.0) < STANDSTILL
    operator.wait(lambda: operator.motion[-1].finished_turn == 1, "the end of the walk")
    assert operator.motion[-1].outcome == "stopped"
    reasons = [reason for state in operator.motion for reason in state.limits]
    assert any(reason.startswith("camera_node") for reason in reasons)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_joystick_that_is_moved_outranks_the_model_and_one_that_rests_does_not(
    stage: Stage,
) -> None:
    operator = dry_run(stage, joystick_ignored_axes="2,5")
    operator.hold_joystick(0.0, 0.05, 1.0)
    operator.order(WALK)
    operator.wait(lambda: operator.motion[-1].progress > 0.2, "the robot to walk")
    operator.hold_joystick(0.0, 0.8, 1.0)
    operator.wait(lambda: operator.motion[-1].finished_turn == 1, "the end of the walk")
    assert operator.motion[-1].outcome == "stopped"
    reasons = [reason for state in operator.motion for reason in state.limits]
    assert "turn 1 stopped: joystick: axis 1 at 0.80" in reasons


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_robots_own_remote_control_outranks_the_model(stage: Stage) -> None:
    operator, robot, _ = walking(stage)
    remote = RemoteControl(stage.domain)

    def ended() -> bool:
        remote.push(0.5)
        return operator.motion[-1].finished_turn == 1

    operator.wait(ended, "the end of the walk")
    assert operator.motion[-1].outcome == "stopped"
    reasons = [reason for state in operator.motion for reason in state.limits]
    assert "turn 1 stopped: remote control: left stick at 0.50" in reasons
    operator.wait(lambda: not robot.moves(), "the robot to stand")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_an_order_to_sit_is_obeyed_though_sitting_takes_longer_than_an_order_lives(
    stage: Stage,
) -> None:
    operator, _, _ = standing(stage)
    operator.order(Action(ActionKind.SIT), turn=1, lifetime=1.0)
    operator.wait(lambda: operator.motion[-1].finished_turn == 1, "the robot to sit")
    assert operator.motion[-1].outcome == "ok"
    operator.order(Action(ActionKind.STAND), turn=2, lifetime=1.0)
    operator.wait(lambda: operator.motion[-1].finished_turn == 2, "the robot to stand")
    assert operator.motion[-1].outcome == "ok"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_emergency_stop_holds_until_it_is_reset(stage: Stage) -> None:
    operator, robot, _ = walking(stage)
    assert operator.trigger("stop").success
    assert robot.time_of_standstill(time.monotonic(), patience=2.0) < STANDSTILL
    operator.wait_for_motion("estopped")
    operator.order(WALK, turn=2)
    operator.wait(lambda: operator.motion[-1].finished_turn == 2, "a refusal")
    assert operator.motion[-1].outcome == "stopped"
    assert not robot.moves()
    assert operator.trigger("reset_stop").success
    assert not operator.trigger("reset_stop").success
    operator.wait_for_motion("ready")
    operator.order(Action(ActionKind.TURN, 0.5), turn=3, goal="after the stop")
    operator.wait(robot.moves, "the robot to turn")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_emergency_stop_is_a_command_too(stage: Stage) -> None:
    operator = dry_run(stage)
    stop = stage.start("specedge.cli", "stop", "--timeout", "60")
    assert stop.wait() == 0
    assert "latched" in stop.output()
    operator.wait_for_motion("estopped")
    assert stage.start("specedge.cli", "stop", "--release", "--timeout", "60").wait() == 0
    operator.wait_for_motion("ready")
    again = stage.start("specedge.cli", "stop", "--release", "--timeout", "60")
    assert again.wait() == 2
    assert again.output().splitlines()[-1] == "specedge: /specedge/reset_stop: it was not latched"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_nobody_to_stop_is_told_with_what_to_look_at(stage: Stage) -> None:
    stop = stage.start("specedge.cli", "stop", "--timeout", "0.5")
    assert stop.wait() == 2
    assert "does motion_controller_node run here" in stop.output()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_ctrl_c_stops_the_robot_before_the_node_ends(stage: Stage) -> None:
    _, robot, controller = walking(stage)
    assert controller.interrupt() == 0
    assert not robot.moves()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_robot_stands_still_soon_after_its_controller_is_killed(stage: Stage) -> None:
    _, robot, controller = walking(stage)
    gone = controller.kill()
    assert robot.time_of_standstill(gone, patience=2.0) < STANDSTILL
