"""What SIGINT, SIGTERM and SIGHUP do to a process.

A terminal sends Ctrl-C to a whole group of processes, and a launcher repeats it to each. When the
terminal is closed, or the SSH session lost, the group is sent SIGHUP.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a process to end."""


def ending() -> tuple[signal.Signals, ...]:
    """Returns those to heed: not SIGHUP where ``nohup`` has the process outlive its terminal."""
    outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return tuple(number for number in ENDING if number is not signal.SIGHUP or not outlives)


def ignore() -> None:
    """Has them ignored while a process puts things in order, or takes itself down.

    Does nothing outside the main thread, to which a process's signals belong.
    """
    if threading.current_thread() is threading.main_thread():
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)


def interrupt_once() -> None:
    """Has the first one raise KeyboardInterrupt in the main thread.

    All later ones are ignored: what the first one has begun may be the stop of a robot.
    """
    for number in ending():
        signal.signal(number, _interrupt)


def leave_interrupts_to_parent() -> None:
    """Has SIGINT ignored: a terminal's Ctrl-C reaches the parent too, which ends this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    ignore()
    raise KeyboardInterrupt
