"""The driver process against a simulated Go2, seen on the Go2's own topics."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from cyclonedds.domain import DomainParticipant
from cyclonedds.pub import DataWriter
from cyclonedds.topic import Topic

from specedge.robot.codes import StateCode
from specedge.robot.link import DriverLink
from specedge.robot.messages import CallFailed
from specedge.robot.remote import TOPIC
from specedge.robot.sdk import WirelessController_
from specedge.sim.services.go2 import SimulatedGo2
from tests.robot.conftest import TIMEOUT, Watch, wait_until
from tests.sim.services.fakes import ObedientBody

PARENT = Path(__file__).with_name("driving_parent.py")
STOPS_WITHIN = 0.5
"""Seconds within which the robot must stand still when its controller is gone."""

Parent = subprocess.Popen[str]


@pytest.fixture
def link(go2: SimulatedGo2, dds_domain: int) -> Iterator[DriverLink]:
    with DriverLink(domain=dds_domain, network_interface="lo") as link:
        assert link.wait_for_state(TIMEOUT), link.fault()
        yield link


def start_parent(domain: int, *arguments: str) -> Parent:
    return subprocess.Popen(
        [sys.executable, str(PARENT), str(domain), *arguments], stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def parent(standing_go2: SimulatedGo2, dds_domain: int) -> Iterator[Parent]:
    process = start_parent(dds_domain)
    yield process
    process.kill()
    process.communicate(timeout=TIMEOUT)


def driver_of(parent: Parent) -> psutil.Process:
    assert parent.stdout is not None
    return psutil.Process(int(parent.stdout.readline()))


def test_the_robot_stands_up_by_calls_and_reports_its_state(link: DriverLink) -> None:
    link.call("stand_up")
    wait_until(lambda: link.latest().state_code == StateCode.STANDING_LOCK)
    link.call("balance_stand")
    wait_until(lambda: link.latest().state_code == StateCode.BALANCE_STAND)
    state = link.latest()
    assert (state.x, state.y, state.yaw) == pytest.approx((1.0, 2.0, 0.5))


def refusals(link: DriverLink, name: str) -> tuple[CallFailed, ...]:
    """Asks for what the robot refuses, and returns what comes back."""
    link.call(name)
    failures: list[CallFailed] = []
    wait_until(lambda: failures.extend(link.take_failures()) or failures)
    return tuple(failures)


def test_a_refused_call_brings_its_code_once(link: DriverLink) -> None:
    assert refusals(link, "sit") == (CallFailed("sit", 4206),)
    assert link.take_failures() == ()


def test_a_call_outside_the_allow_list_never_leaves(link: DriverLink) -> None:
    with pytest.raises(ValueError, match="front_flip"):
        link.call("front_flip")


def test_a_velocity_moves_the_robot_and_shows_in_its_own_frame(
    standing_go2: SimulatedGo2, link: DriverLink
) -> None:
    link.move(0.3, 0.1, 0.2, deadline=time.monotonic() + 60.0)
    wait_until(lambda: link.latest().yaw_rate > 0.1)
    state = link.latest()
    assert (state.vx, state.vy, state.yaw_rate) == pytest.approx((0.3, 0.1, 0.2))


def test_a_velocity_past_its_deadline_moves_nothing(
    standing_go2: SimulatedGo2, link: DriverLink
) -> None:
    link.move(0.3, 0.0, 0.0, deadline=time.monotonic() - 0.001)
    assert refusals(link, "rise_sit"), "a call is made after what was sent before it"
    assert standing_go2.machine.velocity() == (0.0, 0.0, 0.0)


def test_silence_stops_the_robot(standing_go2: SimulatedGo2, watch: Watch, dds_domain: int) -> None:
    parent = start_parent(dds_domain, "1.0")
    driver_of(parent)
    wait_until(watch.moves)
    newest = standing_go2.machine.velocity
    wait_until(lambda: newest() == (0.0, 0.0, 0.0))
    assert wait_until(watch.still) < STOPS_WITHIN
    parent.kill()
    parent.communicate(timeout=TIMEOUT)


def test_a_stopped_parent_is_silent_and_the_robot_stops(parent: Parent, watch: Watch) -> None:
    driver_of(parent)
    wait_until(watch.moves)
    parent.send_signal(signal.SIGSTOP)
    assert wait_until(watch.still) < STOPS_WITHIN


def test_a_killed_parent_stops_the_robot_and_ends_the_driver(parent: Parent, watch: Watch) -> None:
    driver = driver_of(parent)
    wait_until(watch.moves)
    parent.kill()
    assert wait_until(watch.still) < STOPS_WITHIN
    wait_until(lambda: has_ended(driver))


def has_ended(orphan: psutil.Process) -> bool:
    """Whether a process is over; where process 1 looks after no orphans, it stays as a zombie."""
    try:
        return orphan.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_signal_to_the_driver_stops_the_robot(
    parent: Parent, watch: Watch, number: signal.Signals
) -> None:
    driver = driver_of(parent)
    wait_until(watch.moves)
    os.kill(driver.pid, number)
    assert wait_until(watch.still) < STOPS_WITHIN
    wait_until(lambda: driver.status() == psutil.STATUS_ZOMBIE)  # its parent lives


def test_closing_the_link_stops_the_robot_first(
    standing_go2: SimulatedGo2, watch: Watch, dds_domain: int
) -> None:
    with DriverLink(domain=dds_domain, network_interface="lo") as link:
        assert link.wait_for_state(TIMEOUT)
        link.move(0.3, 0.0, 0.0, deadline=time.monotonic() + 60.0)
        wait_until(watch.moves)
    assert standing_go2.machine.velocity() == (0.0, 0.0, 0.0)


def test_a_driver_that_ended_is_a_fault(link: DriverLink) -> None:
    os.kill(link.pid, signal.SIGKILL)
    wait_until(lambda: "has ended" in link.fault())
    link.move(0.3, 0.0, 0.0, deadline=time.monotonic() + 1.0)


def test_a_network_without_a_robot_is_a_fault(dds_domain: int) -> None:
    with DriverLink(domain=dds_domain, network_interface="lo") as link:
        pause = time.monotonic() + TIMEOUT
        while "no sport service" not in link.fault():
            assert time.monotonic() < pause
            link.move(0.3, 0.0, 0.0, deadline=time.monotonic() + 0.5)
            link.wait_for_state(0.02)
        assert link.latest() is None


def test_an_interface_that_does_not_exist_is_a_fault(dds_domain: int) -> None:
    with DriverLink(domain=dds_domain, network_interface="nowhere0") as link:
        wait_until(lambda: "has ended" in link.fault())


def test_avoidance_drives_the_robot_as_well(
    standing_go2: SimulatedGo2, watch: Watch, dds_domain: int
) -> None:
    with DriverLink(domain=dds_domain, network_interface="lo", avoid_obstacles=True) as link:
        assert link.wait_for_state(TIMEOUT)
        link.move(0.2, 0.0, 0.0, deadline=time.monotonic() + 60.0)
        wait_until(watch.moves)
        wait_until(watch.still)


def test_the_lidar_is_listened_to_where_that_is_asked_for(
    go2: SimulatedGo2, body: ObedientBody, dds_domain: int
) -> None:
    body.points = np.array([(1.0, 0.01, 0.0), (0.3, 1.0, 0.1), (0.8, 0.0, -0.32)])
    with DriverLink(domain=dds_domain, network_interface="lo", lidar=True) as link:
        wait_until(lambda: link.scan() is not None)
        scan = link.scan()
        assert scan is not None
        nearest_first, expected = (
            points[points[:, 0].argsort()] for points in (scan.points, body.points)
        )
        assert nearest_first == pytest.approx(expected, abs=1e-5)
        assert time.monotonic() - scan.received < TIMEOUT


def test_the_remote_control_in_somebodys_hand_is_told(
    go2: SimulatedGo2, dds_domain: int, link: DriverLink
) -> None:
    participant = DomainParticipant(dds_domain)
    hand = DataWriter(participant, Topic(participant, TOPIC, WirelessController_))
    assert link.remote() is None, "the simulator's own lies untouched"

    def moved() -> bool:
        hand.write(WirelessController_(0.0, 0.5, 0.0, 0.0, 0))
        return link.remote() is not None

    wait_until(moved)
    assert link.remote().control == "left stick at 0.50"
    assert link.remote().received == pytest.approx(time.monotonic(), abs=5.0)
