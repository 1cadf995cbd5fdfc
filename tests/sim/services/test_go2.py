"""The SDK's own clients, in another process, against the simulated services."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from specedge.sim.services.go2 import SimulatedGo2
from tests.sim.services.fakes import ObedientBody

CLIENT = Path(__file__).with_name("sdk_client.py")


def run_client(domain: int, scenario: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(CLIENT), str(domain), scenario],
        stdout=subprocess.PIPE,
        text=True,
        timeout=90,
        check=True,
    )
    told: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        told.update(json.loads(line))
    return told


def test_the_sport_client_stands_up_walks_and_stops(dds_domain: int) -> None:
    body = ObedientBody()
    with SimulatedGo2(body, body.machine, domain=dds_domain):
        told = run_client(dds_domain, "sport")
    assert told["version"] == [0, "1.0.0.1"]
    assert told["lying"] == {"balance": 4206, "sit": 4206}
    assert (told["stand_up"], told["balance"], told["stop"]) == (0, 0, 0)
    assert (told["locked"], told["move"]) == (0, 0)
    assert told["held"] == pytest.approx(1.0, abs=0.4)
    assert (told["flip"], told["bad_level"], told["euler"]) == (3203, 3204, 0)
    assert (told["joystick"], told["recovery"]) == (0, [0, True])


def test_the_video_client_gets_the_picture_as_it_is(dds_domain: int) -> None:
    body = ObedientBody(picture=bytes(range(256)) * 400)
    with SimulatedGo2(body, body.machine, domain=dds_domain):
        told = run_client(dds_domain, "video")
    assert told["code"] == 0
    assert bytes.fromhex(told["picture"]) == body.picture


def test_the_avoidance_client_drives_once_it_may(dds_domain: int) -> None:
    body = ObedientBody()
    with SimulatedGo2(body, body.machine, domain=dds_domain):
        told = run_client(dds_domain, "avoidance")
    assert told == {"on": 0, "get": [0, True], "remote": 0, "walks": True}


def test_states_tell_where_the_robot_is_with_w_first(dds_domain: int) -> None:
    body = ObedientBody(place=(1.0, -2.0, 0.5))
    with SimulatedGo2(body, body.machine, domain=dds_domain):
        told = run_client(dds_domain, "state")
    assert told["position"] == pytest.approx([1.0, -2.0, 0.32])
    assert told["quaternion"] == pytest.approx([0.96891, 0.0, 0.0, 0.24740], abs=1e-4)
    assert 50.0 < told["rate"] < 120.0
    assert 10.0 < told["slow_rate"] < 25.0


def test_services_outlive_the_clients_that_left(dds_domain: int) -> None:
    body = ObedientBody()
    with SimulatedGo2(body, body.machine, domain=dds_domain):
        assert run_client(dds_domain, "video") == run_client(dds_domain, "video")
