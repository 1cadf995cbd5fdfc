"""What a signal does to a process that has said how it takes them."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from specedge import signals

pytestmark = pytest.mark.usefixtures("signals_restored")


@pytest.mark.parametrize("number", signals.ENDING, ids=lambda number: number.name)
def test_the_first_signal_interrupts_and_none_disturbs_what_it_began(
    number: signal.Signals,
) -> None:
    signals.interrupt_once()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    for later in signals.ENDING:
        os.kill(os.getpid(), later)


def test_signals_are_left_as_they_are_outside_the_main_thread() -> None:
    before = [signal.getsignal(number) for number in signals.ENDING]
    thread = threading.Thread(target=signals.ignore)
    thread.start()
    thread.join()
    assert [signal.getsignal(number) for number in signals.ENDING] == before


def test_a_process_that_is_to_outlive_its_terminal_does() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup leaves it
    signals.interrupt_once()
    os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
