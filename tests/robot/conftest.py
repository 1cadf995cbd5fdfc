"""A simulated Go2 in this process, and eyes on what it reports."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from cyclonedds.domain import DomainParticipant
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic

from specedge.robot.codes import SportApi, StateCode
from specedge.robot.sdk import SportModeState_
from specedge.sim.services.go2 import SimulatedGo2
from specedge.sim.services.participant import Participant
from tests.sim.services.fakes import ObedientBody

TIMEOUT = 30.0


def wait_until(is_so: Callable[[], bool], timeout: float = TIMEOUT) -> float:
    """Returns the seconds after which it was so."""
    began = time.monotonic()
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < began + timeout, f"was not so within {timeout} s"
        pause.wait(0.005)
    return time.monotonic() - began


class Watch:
    """Reads rt/sportmodestate as any other participant does."""

    def __init__(self, domain: int) -> None:
        self._participant = DomainParticipant(domain)
        topic = Topic(self._participant, "rt/sportmodestate", SportModeState_)
        self._reader = DataReader(self._participant, topic)
        self._speed = 0.0

    def moves(self) -> bool:
        """Whether the newest report is of a robot that moves."""
        for state in Participant.take(self._reader):
            self._speed = abs(state.velocity[0]) + abs(state.velocity[1]) + abs(state.yaw_speed)
        return self._speed > 0.05

    def still(self) -> bool:
        return not self.moves()


@pytest.fixture
def body() -> ObedientBody:
    return ObedientBody()


@pytest.fixture
def go2(dds_domain: int, body: ObedientBody) -> Iterator[SimulatedGo2]:
    """A Go2 that lies."""
    with SimulatedGo2(body, body.machine, domain=dds_domain) as go2:
        yield go2


@pytest.fixture
def standing_go2(go2: SimulatedGo2) -> SimulatedGo2:
    """A Go2 that is ready to walk."""
    go2.machine.call(SportApi.RECOVERY_STAND)
    wait_until(lambda: go2.machine.state_code() is StateCode.BALANCE_STAND)
    return go2


@pytest.fixture
def watch(go2: SimulatedGo2, dds_domain: int) -> Watch:
    return Watch(dds_domain)
