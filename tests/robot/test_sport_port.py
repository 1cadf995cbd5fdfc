"""Driving through the Go2's obstacle avoidance, with the SDK's clients played by the test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specedge.robot import sport_port
from specedge.robot.codes import ReturnCode
from specedge.robot.sport_port import AvoidingPort


class Clients:
    """Both clients of the SDK in one; notes what is called, and answers as it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.answers: dict[str, int | Exception] = {}

    def __getattr__(self, name: str) -> Callable[..., int]:
        def call(*arguments: object) -> int:
            if name not in ("Init", "SetTimeout"):
                self.calls.append((name, *arguments))
            answer = self.answers.get(name, ReturnCode.OK)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Clients:
    made = Clients()
    monkeypatch.setattr(sport_port, "SportClient", lambda: made)
    monkeypatch.setattr(sport_port, "ObstaclesAvoidClient", lambda: made)
    return made


def test_the_joystick_gets_its_say_back_even_if_the_claim_was_not_answered(
    clients: Clients,
) -> None:
    clients.answers["UseRemoteCommandFromApi"] = ReturnCode.TIMEOUT
    port = AvoidingPort()
    assert port.move(0.3, 0.0, 0.0) == ReturnCode.TIMEOUT
    port.close()
    assert clients.calls[-1] == ("UseRemoteCommandFromApi", False)
    assert ("Move", 0.3, 0.0, 0.0) not in clients.calls


def test_a_joystick_that_was_never_outranked_is_left_alone(clients: Clients) -> None:
    port = AvoidingPort()
    port.stop()
    port.close()
    assert clients.calls == [("StopMove",)]


def test_at_rest_the_remote_control_has_its_say_until_the_next_move(clients: Clients) -> None:
    port = AvoidingPort()
    port.move(0.3, 0.0, 0.0)
    port.rest()
    port.rest()
    assert clients.calls[-1] == ("UseRemoteCommandFromApi", False)
    assert clients.calls.count(("UseRemoteCommandFromApi", False)) == 1
    port.move(0.3, 0.0, 0.0)
    assert clients.calls[-2:] == [("UseRemoteCommandFromApi", True), ("Move", 0.3, 0.0, 0.0)]


def test_stopping_does_not_depend_on_the_avoidance_service(clients: Clients) -> None:
    port = AvoidingPort()
    port.move(0.3, 0.0, 0.0)
    clients.answers["Move"] = TypeError("'tuple' object is not callable")
    with pytest.raises(TypeError):
        port.stop()
    assert clients.calls[-1] == ("StopMove",)
