from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from specedge.verifier.model_thread import AT_ONCE, ModelThread

FAR = 1e9
PATIENCE = 60.0


class Steps:
    """Work that notes its steps and says when it is due again."""

    def __init__(
        self, name: str, log: queue.SimpleQueue[str], again: Callable[[int], float | None]
    ) -> None:
        self._name, self._log, self._again = name, log, again
        self._count = 0

    def step(self) -> float | None:
        self._count += 1
        self._log.put(self._name)
        return self._again(self._count)


@pytest.fixture
def model() -> Iterator[ModelThread]:
    model = ModelThread()
    yield model
    model.close()


@pytest.fixture
def log() -> queue.SimpleQueue[str]:
    return queue.SimpleQueue()


def heard(log: queue.SimpleQueue[str], count: int) -> str:
    return "".join(log.get(timeout=PATIENCE) for _ in range(count))


def test_works_take_turns(model: ModelThread, log: queue.SimpleQueue[str]) -> None:
    go = threading.Event()

    def wait(_count: int) -> None:
        assert go.wait(PATIENCE)

    model.wake(Steps("!", log, wait))
    for name in "abc":
        model.wake(Steps(name, log, lambda count: AT_ONCE if count < 3 else None))
    go.set()
    assert heard(log, 10) == "!abcabcabc"


def test_work_that_waits_holds_nobody_up(model: ModelThread, log: queue.SimpleQueue[str]) -> None:
    waiting = Steps("w", log, lambda _: FAR)
    model.wake(waiting)
    assert heard(log, 1) == "w"
    model.wake(Steps("a", log, lambda count: AT_ONCE if count < 3 else None))
    assert heard(log, 3) == "aaa"
    model.wake(waiting)
    assert heard(log, 1) == "w"


def test_a_wait_ends_at_its_time(model: ModelThread, log: queue.SimpleQueue[str]) -> None:
    due = time.monotonic() + 0.05
    model.wake(Steps("w", log, lambda count: due if count == 1 else None))
    assert heard(log, 2) == "ww"
    assert time.monotonic() >= due


def test_what_is_woken_during_its_step_has_another(
    model: ModelThread, log: queue.SimpleQueue[str]
) -> None:
    def again(count: int) -> float | None:
        if count == 1:
            model.wake(work)
        return FAR

    work = Steps("w", log, again)
    model.wake(work)
    assert heard(log, 2) == "ww"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_has_ended_is_not_called_alive(
    model: ModelThread, log: queue.SimpleQueue[str]
) -> None:
    assert model.alive

    def fail(_count: int) -> float | None:
        raise RuntimeError("unforeseen")

    model.wake(Steps("a", log, fail))
    model._thread.join(PATIENCE)
    assert not model.alive
