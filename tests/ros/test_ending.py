"""What a signal does to a process whose node rclpy spins; without rclpy."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from specedge.ros.ending import Ending
from specedge.signals import ENDING

pytestmark = pytest.mark.usefixtures("signals_restored")
each_signal = pytest.mark.parametrize("number", ENDING)


@pytest.fixture
def ending(signals_restored: None) -> Iterator[Ending]:
    made = Ending()
    made.heed()
    yield made
    made.release()


@each_signal
def test_a_signal_is_noted_and_interrupts_nothing(ending, number):
    assert not ending.asked
    os.kill(os.getpid(), number)
    assert ending.asked
    os.kill(os.getpid(), number)
    assert ending.asked


def test_what_was_asked_of_one_run_is_not_asked_of_the_next(ending):
    os.kill(os.getpid(), signal.SIGTERM)
    ending.release()
    ending.heed()
    assert not ending.asked


def test_the_signals_go_back_to_whoever_had_them():
    before = [signal.getsignal(number) for number in ENDING]
    ending = Ending()
    ending.heed()
    ending.heed()
    assert all(signal.getsignal(number) not in before for number in ENDING)
    ending.release()
    assert [signal.getsignal(number) for number in ENDING] == before


def test_signals_that_were_taken_since_stay_with_their_taker(ending):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        ending.release()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_signals_of_another_thread_are_left_alone():
    before = signal.getsignal(signal.SIGINT)
    ending = Ending()
    thread = threading.Thread(target=ending.heed)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is before
