"""SIGINT and SIGTERM, heeded at once even while the main thread waits inside Cyclone DDS.

Python runs a signal handler only between two bytecodes of the main thread, and a wait in a C
library does not return for a signal. The interpreter's wake-up descriptor is written to
immediately, so that a thread which reads it can end that wait.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from specedge.signals import ENDING, ending

_STOP_READING = b"\0"


class SignalWatcher:
    """Calls a function, from a thread of its own, when the process is asked to end.

    Does nothing in a process whose signals belong to another thread than the caller of start.
    """

    def __init__(self, on_signal: Callable[[], None]) -> None:
        self._on_signal = on_signal
        self._previous: dict[signal.Signals, Any] = {}
        self._previous_descriptor = -1
        self._descriptors: tuple[int, int] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        reading, writing = os.pipe()
        os.set_blocking(writing, False)  # as set_wakeup_fd demands
        self._descriptors = reading, writing
        self._previous_descriptor = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._previous = {number: signal.signal(number, self._handle) for number in ending()}
        self._thread = threading.Thread(
            target=self._watch, args=(reading,), name="signals", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Gives the signals back to whoever had them before; who took them since keeps them."""
        if self._thread is None or self._descriptors is None:
            return
        if threading.current_thread() is threading.main_thread():
            signal.set_wakeup_fd(self._previous_descriptor)
            for number, handler in self._previous.items():
                if signal.getsignal(number) == self._handle:
                    signal.signal(number, handler)
        reading, writing = self._descriptors
        os.write(writing, _STOP_READING)
        self._thread.join()
        os.close(reading)
        os.close(writing)
        self._thread = self._descriptors = None

    def _watch(self, reading: int) -> None:
        while True:
            number = os.read(reading, 1)
            if number in (b"", _STOP_READING):
                return
            if number[0] in ENDING:
                self._on_signal()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        # A wait that Python itself can interrupt needs no thread.
        self._on_signal()
