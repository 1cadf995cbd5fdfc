"""The simulator as a process, driven and seen through the robot's own processes."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from specedge.robot.camera import CameraLink
from specedge.robot.codes import StateCode
from specedge.robot.link import DriverLink
from specedge.sim.room import make_room
from tests.robot.conftest import wait_until

SEED = 3
TIMEOUT = 60.0


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "specedge.sim.process", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def simulator(dds_domain: int, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = start("--seed", str(SEED), "--run-dir", str(tmp_path))
    yield process
    process.kill()
    process.communicate(timeout=TIMEOUT)


def truth(folder: Path) -> list[dict[str, float]]:
    lines = (folder / "truth.jsonl").read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


@pytest.mark.slow
def test_a_robot_in_a_room_stands_up_turns_and_is_seen_to_turn(
    simulator: subprocess.Popen[str], dds_domain: int, tmp_path: Path
) -> None:
    assert simulator.stdout is not None
    ready = json.loads(simulator.stdout.readline())
    assert ready["event"] == "ready"
    assert ready["objects"] == [item.name for item in make_room(SEED).objects]
    with (
        DriverLink(domain=dds_domain, network_interface="lo") as driver,
        CameraLink(domain=dds_domain, network_interface="lo") as camera,
    ):
        assert driver.wait_for_state(TIMEOUT), driver.fault()
        driver.call("stand_up")
        wait_until(lambda: driver.latest().state_code == StateCode.STANDING_LOCK)
        driver.call("balance_stand")
        wait_until(lambda: driver.latest().state_code == StateCode.BALANCE_STAND)
        before = driver.latest()
        first = camera.next(None, TIMEOUT)

        def has_turned() -> bool:
            driver.move(0.0, 0.0, 1.0, deadline=time.monotonic() + 0.5)
            turned = math.remainder(driver.latest().yaw - before.yaw, 2 * math.pi)
            return abs(turned) > 0.5

        wait_until(has_turned)
        driver.call("stop_move")
        wait_until(lambda: abs(driver.latest().yaw_rate) < 0.01)
        end = driver.latest()
        second = camera.next(camera.newest(), TIMEOUT)
    pictures = [
        cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
        for frame in (first, second)
    ]
    assert pictures[0].shape == (360, 640, 3)
    assert np.abs(pictures[0].astype(int) - pictures[1].astype(int)).mean() > 2.0
    simulator.send_signal(signal.SIGTERM)
    assert simulator.wait(TIMEOUT) == 0
    last = truth(tmp_path)[-1]
    assert last["yaw"] == pytest.approx(end.yaw, abs=0.02)
    assert last["collisions"] == 0


@pytest.mark.slow
def test_a_robot_stays_until_its_driver_has_stopped_it_when_both_are_interrupted(
    simulator: subprocess.Popen[str],
    dds_domain: int,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert simulator.stdout is not None
    assert json.loads(simulator.stdout.readline())["event"] == "ready"
    with DriverLink(domain=dds_domain, network_interface="lo") as driver:
        assert driver.wait_for_state(TIMEOUT), driver.fault()
        driver.call("stand_up")
        wait_until(lambda: driver.latest().state_code == StateCode.STANDING_LOCK)
        driver.call("balance_stand")
        wait_until(lambda: driver.latest().state_code == StateCode.BALANCE_STAND)

        def is_turning() -> bool:
            driver.move(0.0, 0.0, 1.0, deadline=time.monotonic() + 0.5)
            return driver.latest().yaw_rate > 0.5

        wait_until(is_turning)
        simulator.send_signal(signal.SIGINT)
    assert simulator.wait(TIMEOUT) == 0
    assert "did not confirm" not in capfd.readouterr().err
    last, before = truth(tmp_path)[-1], truth(tmp_path)[-2]
    assert last["yaw"] == pytest.approx(before["yaw"], abs=1e-3)


@pytest.mark.slow
def test_a_simulator_whose_parent_dies_ends_by_itself(dds_domain: int, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; "
        "child = subprocess.Popen([sys.executable, '-m', 'specedge.sim.process', *sys.argv[1:]]); "
        "child.wait()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, "--run-dir", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert '"ready"' in parent.stdout.readline()
    parent.kill()
    # The pipe ends when the simulator, which inherited it, has ended too.
    assert parent.communicate(timeout=TIMEOUT) == ("", None)


@pytest.mark.parametrize(
    "arguments", [("--seed", "-1"), ("--rate", "0"), ("--picture-rate", "nan")], ids=" ".join
)
def test_a_bad_option_is_one_clear_line(arguments: tuple[str, ...]) -> None:
    process = start(*arguments)
    _, told = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert len(told.splitlines()) == 1
    assert arguments[0] in told
