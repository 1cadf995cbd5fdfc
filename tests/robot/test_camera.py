from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from specedge.robot.camera import CameraLink
from specedge.sim.services.go2 import SimulatedGo2
from tests.robot.conftest import TIMEOUT, wait_until
from tests.sim.services.fakes import ObedientBody


@pytest.fixture
def camera(go2: SimulatedGo2, dds_domain: int) -> Iterator[CameraLink]:
    with CameraLink(domain=dds_domain, network_interface="lo", rate=20.0) as camera:
        yield camera


def test_pictures_come_as_the_robot_sent_them_with_when_they_were_asked_for(
    camera: CameraLink, body: ObedientBody
) -> None:
    began = time.monotonic()
    first = camera.next(None, TIMEOUT)
    second = camera.next(first, TIMEOUT)
    assert first.jpeg == second.jpeg == body.picture
    assert began < first.captured < second.captured < time.monotonic()
    assert abs(second.captured_wall - time.time()) < TIMEOUT
    assert camera.fault() == ""


def test_the_newest_picture_wins(camera: CameraLink, body: ObedientBody) -> None:
    first = camera.next(None, TIMEOUT)
    body.picture = b"a newer one"
    wait_until(lambda: camera.newest().jpeg == b"a newer one")
    assert camera.next(first, 0.0) is camera.newest()


def test_a_camera_that_falls_silent_is_a_fault_with_its_cause(
    camera: CameraLink, body: ObedientBody
) -> None:
    camera.next(None, TIMEOUT)
    body.picture = b""
    wait_until(lambda: "video service returned" in camera.fault())


def test_a_camera_process_that_was_killed_is_a_fault(camera: CameraLink) -> None:
    frame = camera.next(None, TIMEOUT)
    os.kill(camera.pid, signal.SIGKILL)
    wait_until(lambda: "has ended" in camera.fault())
    assert camera.next(camera.newest(), TIMEOUT) is None
    assert frame is not None


def test_a_ctrl_c_of_the_terminal_leaves_the_end_to_the_node(camera: CameraLink) -> None:
    frame = camera.next(None, TIMEOUT)
    for _ in range(3):  # in the midst of a call, or between two
        os.kill(camera.pid, signal.SIGINT)
        frame = camera.next(frame, TIMEOUT)
        assert frame is not None
    assert camera.fault() == ""
