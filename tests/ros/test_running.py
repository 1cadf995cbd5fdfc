"""The end of a node's process; what it does with real signals is in test_processes.py."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

import pytest
from cyclonedds.core import DDSException

from specedge import ros
from specedge.ros.cyclone.context import Context
from specedge.ros.cyclone.signals import SignalWatcher
from specedge.ros.errors import SettingError
from specedge.signals import ENDING

pytestmark = pytest.mark.usefixtures("signals_restored")


def test_no_signal_disturbs_the_end_of_the_process_once_a_node_has_run() -> None:
    def make() -> None:
        assert all(signal.getsignal(number) is not signal.SIG_IGN for number in ENDING)
        raise SettingError("node: rate is too high")

    assert ros.run(make, []) == 2
    assert [signal.getsignal(number) for number in ENDING] == [signal.SIG_IGN] * len(ENDING)


def test_signals_that_were_taken_from_the_watcher_stay_with_their_taker() -> None:
    before = signal.getsignal(signal.SIGINT)
    watcher = SignalWatcher(lambda: None)
    watcher.start()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watcher.close()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_in_the_midst_of_the_handling_of_another_is_no_deadlock() -> None:
    context = Context()

    def interrupt(*_: object) -> Any:
        context.request_stop()  # at every line, as a handler may run
        return interrupt

    def stop() -> None:
        sys.settrace(interrupt)
        context.request_stop()
        sys.settrace(None)

    thread = threading.Thread(target=stop, daemon=True)
    thread.start()
    thread.join(10.0)
    assert not thread.is_alive()


def test_who_cannot_be_woken_any_more_keeps_nobody_else_asleep() -> None:
    def is_gone() -> None:
        raise DDSException(DDSException.DDS_RETCODE_ALREADY_DELETED)

    woken: list[bool] = []
    context = Context()
    context.add_waker(is_gone)
    context.add_waker(lambda: woken.append(True))
    context.request_stop()
    assert woken == [True]
