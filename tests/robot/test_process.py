"""What a signal does to a child process of the robot package."""

from __future__ import annotations

import os
import signal

import pytest

from specedge.robot import process

HEEDED = (signal.SIGINT, signal.SIGTERM)

pytestmark = pytest.mark.usefixtures("signals_restored")


@pytest.mark.parametrize("number", HEEDED, ids=lambda number: number.name)
def test_the_first_signal_interrupts_and_none_disturbs_what_it_began(
    number: signal.Signals,
) -> None:
    process.interrupt_on_signals()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    for later in HEEDED:
        os.kill(os.getpid(), later)
