"""The emergency stop: once pressed it stays pressed until somebody resets it."""

from __future__ import annotations

import threading


class EmergencyStop:
    """A latch with the reason of its first press; safe between threads."""

    def __init__(self) -> None:
        self._pressed = threading.Event()
        self._lock = threading.Lock()
        self._reason = ""

    @property
    def pressed(self) -> bool:
        """Whether nothing may move."""
        return self._pressed.is_set()

    @property
    def reason(self) -> str:
        """Why it was first pressed; empty when it is not."""
        return self._reason

    def press(self, reason: str) -> None:
        """Latches the stop; pressing again keeps the first reason."""
        with self._lock:
            if not self._pressed.is_set():
                self._reason = reason
                self._pressed.set()

    def reset(self) -> bool:
        """Releases the latch and returns whether it was pressed."""
        with self._lock:
            was_pressed = self._pressed.is_set()
            self._pressed.clear()
            self._reason = ""
            return was_pressed
