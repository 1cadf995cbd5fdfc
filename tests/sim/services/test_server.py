"""One service of the simulated Go2, called over DDS by the test itself."""

from __future__ import annotations

import threading

import pytest
from cyclonedds.util import duration
from unitree_sdk2py.idl.unitree_api.msg.dds_ import (
    RequestHeader_,
    RequestIdentity_,
    RequestLease_,
    RequestPolicy_,
)

from specedge.robot.sdk import Request_
from specedge.sim.live import NoPicture
from specedge.sim.services.parameters import Parameters
from specedge.sim.services.participant import Participant
from specedge.sim.services.server import PENDING_REQUESTS, Reply, RequestServer
from tests.robot.conftest import wait_until

API = 1001
TIMEOUT = 30.0


def ask(participant: Participant, service: str, times: int) -> None:
    """Sends calls whose replies nobody reads; returns when the service has them all."""
    matched = threading.Event()
    writer = participant.writer(
        f"rt/api/{service}/request", Request_, depth=PENDING_REQUESTS, heard=matched
    )
    assert matched.wait(TIMEOUT)
    for number in range(times):
        identity, lease = RequestIdentity_(number, API), RequestLease_(0)
        header = RequestHeader_(identity, lease, RequestPolicy_(0, False))
        writer.write(Request_(header, "{}", []))
    assert writer.wait_for_acks(duration(seconds=TIMEOUT))


def test_calls_that_wait_when_a_service_ends_are_not_answered_one_after_the_other(
    dds_domain: int,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    def handle(api: int, _: Parameters) -> Reply:
        calls.append(api)
        begun.set()
        assert go_on.wait(TIMEOUT)
        return Reply()

    with Participant(dds_domain, "lo") as participant:
        server = RequestServer(participant, "slow", "1", handle)
        ask(participant, "slow", times=3)
        server.start()
        assert begun.wait(TIMEOUT)
        ending = threading.Thread(target=server.close)
        ending.start()
        wait_until(lambda: server.ending)
        go_on.set()
        ending.join(TIMEOUT)
    assert not ending.is_alive()
    assert calls == [API]


def test_a_picture_that_cannot_be_drawn_is_one_line_in_the_log(
    dds_domain: int, caplog: pytest.LogCaptureFixture
) -> None:
    def handle(_api: int, _: Parameters) -> Reply:
        raise NoPicture("this machine is too busy")

    with Participant(dds_domain, "lo") as participant:
        server = RequestServer(participant, "blind", "1", handle)
        with server:
            ask(participant, "blind", times=1)
            wait_until(lambda: bool(caplog.records))
    assert caplog.messages == ["blind call 1001 failed: this machine is too busy"]
    assert caplog.records[0].exc_info is None
