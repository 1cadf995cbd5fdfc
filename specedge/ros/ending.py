"""The signals that end a node under rclpy: they end the spinning, and nothing else.

rclpy's own handlers shut its context down at once. Whatever is published from then on raises, so
that a node could not say its last words, such as the command that stops the robot, and a thread
that publishes would fail at any moment.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from specedge.signals import ending


class Ending:
    """Whether the process was asked to end.

    A signal interrupts nothing, and later ones change nothing: what is being brought to a stop
    may be a robot. Whoever spins, or waits as a node is made, looks at `asked`.
    """

    def __init__(self) -> None:
        # No Event: a signal in the midst of another's handler would wait for its lock for ever.
        self._asked = False
        self._previous: dict[signal.Signals, Any] = {}

    @property
    def asked(self) -> bool:
        """Whether a signal came since `heed`."""
        return self._asked

    def heed(self) -> None:
        """Takes the signals; does nothing where they belong to another thread than the caller."""
        self._asked = False
        if self._previous or threading.current_thread() is not threading.main_thread():
            return
        self._previous = {number: signal.signal(number, self._handle) for number in ending()}

    def release(self) -> None:
        """Gives the signals back to whoever had them before. Harmless if repeated."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number, handler in self._previous.items():
            # Somebody who took them since keeps them.
            if signal.getsignal(number) == self._handle:
                signal.signal(number, handler)
        self._previous = {}

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
