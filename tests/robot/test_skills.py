"""The driver's thread for calls that may take long; the test plays the SDK."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from specedge.robot import sport_port
from specedge.robot.codes import ReturnCode
from specedge.robot.driver import SkillThread
from specedge.robot.messages import Call, CallResult
from specedge.robot.outbox import Outbox

TIMEOUT = 30.0


class Results(Outbox):
    """Keeps what is told."""

    def __init__(self) -> None:
        super().__init__(1, on_broken=lambda: None)
        self.told: queue.SimpleQueue[object] = queue.SimpleQueue()

    def tell(self, message: object) -> None:
        self.told.put(message)


class Caller:
    """Answers each call once it may; raises what it was given instead of a code."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may = threading.Event()
        self.answers: dict[str, int | Exception] = {}

    def __call__(self, name: str) -> int:
        self.begun.set()
        assert self.may.wait(TIMEOUT)
        answer = self.answers.get(name, 0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> Caller:
    made = Caller()
    monkeypatch.setattr(sport_port, "SkillCaller", lambda: made)
    return made


@pytest.fixture
def results() -> Results:
    return Results()


@pytest.fixture
def skills(caller: Caller, results: Results) -> Iterator[SkillThread]:
    made = SkillThread(results)
    made.start()
    yield made
    caller.may.set()
    made.close()


def test_stops_that_waited_behind_a_robot_out_of_reach_are_not_made_late(
    skills: SkillThread, caller: Caller, results: Results
) -> None:
    skills.put(Call(1, "stop_move"))
    assert caller.begun.wait(TIMEOUT)
    for number in range(2, 100):
        skills.put(Call(number, "stop_move"))
    skills.put(Call(100, "stand_up"))
    caller.may.set()
    assert results.told.get(timeout=TIMEOUT) == CallResult(1, "stop_move", 0)
    assert results.told.get(timeout=TIMEOUT) == CallResult(100, "stand_up", 0)


def test_a_call_that_the_sdk_breaks_at_is_not_the_last(
    skills: SkillThread, caller: Caller, results: Results
) -> None:
    caller.answers["sit"] = TypeError("'tuple' object is not callable")
    caller.may.set()
    skills.put(Call(1, "sit"))
    skills.put(Call(2, "stand_up"))
    assert results.told.get(timeout=TIMEOUT) == CallResult(1, "sit", ReturnCode.INTERNAL)
    assert results.told.get(timeout=TIMEOUT) == CallResult(2, "stand_up", 0)
