"""The end of a node's process; what it does with real signals is in test_processes.py."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from specedge import ros
from specedge.ros.cyclone.signals import SignalWatcher
from specedge.ros.errors import SettingError

HEEDED = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = [signal.getsignal(number) for number in HEEDED]
    yield
    for number, handler in zip(HEEDED, before, strict=True):
        signal.signal(number, handler)


def test_no_signal_disturbs_the_end_of_the_process_once_a_node_has_run() -> None:
    def make() -> None:
        assert all(signal.getsignal(number) is not signal.SIG_IGN for number in HEEDED)
        raise SettingError("node: rate is too high")

    assert ros.run(make, []) == 2
    assert [signal.getsignal(number) for number in HEEDED] == [signal.SIG_IGN] * 2


def test_signals_that_were_taken_from_the_watcher_stay_with_their_taker() -> None:
    before = signal.getsignal(signal.SIGINT)
    watcher = SignalWatcher(lambda: None)
    watcher.start()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watcher.close()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is before
