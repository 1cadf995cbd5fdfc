from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from specedge.commands import Action, ActionKind, parse
from specedge.verifier import READY
from tests.models.random_pair import save_random_pair
from tests.nodes.conftest import Stage
from tests.nodes.stage import seed_with_way_ahead

STANDSTILL = 0.5
"""Seconds within which the robot is to stand still once the verifier is gone."""


@dataclass(frozen=True)
class Pair:
    target: Path
    draft: Path


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Models that know nothing: what they say is in the grammar, and that is all."""
    return Pair(*save_random_pair(tmp_path_factory.mktemp("pair")))


class Deciders:
    """A verifier and the vlm_node that it serves."""

    def __init__(self, stage: Stage, pair: Pair, mode: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            endpoint = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        model = str(pair.target)
        self._stage = stage
        self.verifier = stage.start("specedge.verifier", "--model", model, "--bind", endpoint)
        stage.start_node("vlm_node", mode=mode, cloud=endpoint, draft_model=pair.draft)

    def wait(self) -> None:
        """Returns when they know each other."""
        operator = self._stage.operator
        operator.wait(lambda: self.verifier.says(READY), "the verifier")
        operator.wait(
            lambda: bool(operator.statuses) and operator.statuses[-1].verifier_connected,
            "vlm_node to reach the verifier",
        )


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_goal_becomes_commands_that_the_robot_ends_and_cancel_ends_the_goal(
    stage: Stage, pair: Pair
) -> None:
    operator = stage.operator
    deciders = Deciders(stage, pair, "preemptive")
    stage.start_simulator(seed_with_way_ahead(2.5))
    stage.start_controller()
    stage.start_node("camera_node", network_interface="lo")
    deciders.wait()
    operator.wait_for_motion("ready")
    operator.say_goal("go to the red chair")

    def whole() -> list[str]:
        return [command.text for command in operator.commands if command.complete]

    operator.wait(lambda: bool(whole()), "a command")
    command = parse(whole()[0])
    said = next(message for message in operator.commands if message.text == whole()[0])
    assert said.goal == "go to the red chair"
    assert len(said.actions) == len(command.actions)
    assert said.mode == "preemptive"
    operator.wait(lambda: operator.motion[-1].finished_turn >= said.turn, "the end of the command")
    cancelled = operator.trigger("cancel").success
    ends = {"cancelled"} if cancelled else {"reached", "cannot", "failed"}
    operator.wait(lambda: operator.statuses[-1].state in ends, "the end of the goal")
    operator.wait_for_motion("ready")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_goal_outlives_neither_the_emergency_stop_nor_the_joystick(
    stage: Stage, pair: Pair
) -> None:
    operator = stage.operator
    deciders = Deciders(stage, pair, "cloud")
    stage.start_simulator(seed_with_way_ahead(2.5))
    stage.start_controller()
    deciders.wait()
    operator.wait_for_motion("ready")
    operator.say_goal("go to the red chair")
    operator.wait(lambda: operator.statuses[-1].state == "waiting_for_camera", "the goal to wait")
    assert operator.trigger("stop").success
    operator.wait(lambda: operator.statuses[-1].state == "cancelled", "the end of the goal")
    assert operator.statuses[-1].detail.startswith("emergency stop")
    assert operator.trigger("reset_stop").success
    operator.wait_for_motion("ready")
    assert not operator.trigger("cancel").success, "there is no goal left"
    operator.say_goal("go to the red chair")
    operator.wait(lambda: operator.statuses[-1].state == "waiting_for_camera", "the goal to wait")
    operator.hold_joystick(0.0, 0.8)
    operator.wait(lambda: operator.statuses[-1].state == "cancelled", "the end of the goal")
    assert operator.statuses[-1].detail.startswith("somebody drove the robot")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_robot_stands_still_soon_after_the_verifier_is_killed(stage: Stage, pair: Pair) -> None:
    operator = stage.operator
    operator.stand_in_for_camera()
    deciders = Deciders(stage, pair, "cloud")
    robot = stage.start_simulator(seed_with_way_ahead(2.5))
    stage.start_controller()
    deciders.wait()
    operator.wait_for_motion("ready")
    operator.order(Action(ActionKind.WALK, 2.0))
    operator.wait(lambda: robot.newest()[0] > 0.33, "the robot to walk")
    gone = deciders.verifier.kill()
    assert robot.time_of_standstill(gone, patience=2.0) < STANDSTILL
    operator.wait(lambda: operator.motion[-1].finished_turn == 1, "the end of the walk")
    assert operator.motion[-1].outcome == "stopped"
    reasons = [reason for state in operator.motion for reason in state.limits]
    assert any(reason.startswith("verifier") for reason in reasons)
