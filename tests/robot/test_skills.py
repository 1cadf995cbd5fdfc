"""The driver's thread for calls that may take long; the test plays the SDK."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from specedge.robot import sport_port
from specedge.robot.codes import ReturnCode
from specedge.robot.driver import SkillThread
from specedge.robot.messages import Call, CallFailed
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
        self.made: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __call__(self, name: str) -> int:
        self.begun.set()
        assert self.may.wait(TIMEOUT)
        self.made.put(name)
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
    skills: SkillThread, caller: Caller
) -> None:
    skills.put(Call("stop_move"))
    assert caller.begun.wait(TIMEOUT)
    for _ in range(100):
        skills.put(Call("stop_move"))
    skills.put(Call("stand_up"))
    caller.may.set()
    assert caller.made.get(timeout=TIMEOUT) == "stop_move"
    assert caller.made.get(timeout=TIMEOUT) == "stand_up"


def test_a_robot_that_is_stopped_does_not_rise_afterwards(
    skills: SkillThread, caller: Caller
) -> None:
    skills.put(Call("sit"))
    assert caller.begun.wait(TIMEOUT)
    skills.put(Call("rise_sit"))
    skills.drop()
    skills.put(Call("stop_move"))
    caller.may.set()
    assert [caller.made.get(timeout=TIMEOUT) for _ in range(2)] == ["sit", "stop_move"]


def test_a_call_that_the_sdk_breaks_at_is_not_the_last(
    skills: SkillThread, caller: Caller, results: Results
) -> None:
    caller.answers["sit"] = TypeError("'tuple' object is not callable")
    caller.may.set()
    skills.put(Call("sit"))
    skills.put(Call("stand_up"))
    assert results.told.get(timeout=TIMEOUT) == CallFailed("sit", ReturnCode.INTERNAL)
    assert [caller.made.get(timeout=TIMEOUT) for _ in range(2)] == ["sit", "stand_up"]


def test_calls_that_fail_are_told_and_those_that_do_not_are_not(
    skills: SkillThread, caller: Caller, results: Results
) -> None:
    caller.answers |= {"sit": ReturnCode.WRONG_POSTURE, "stop_move": ReturnCode.TIMEOUT}
    caller.may.set()
    for name in ("stand_up", "stop_move", "sit"):
        skills.put(Call(name))
    told = results.told.get(timeout=TIMEOUT)
    assert told == CallFailed("sit", 4206), "that of a stop is for the motion writer to tell"
    assert str(told) == "robot refused sit: wrong posture (4206)"
