"""The newest of something that arrives on one thread and is waited for on another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

_LOOK_EVERY = 0.05
"""Seconds between two looks at the cancel event, which has no way to wake a condition."""


class Latest(Generic[Item]):
    """Holds one item; a newer one replaces it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None

    def put(self, item: Item) -> None:
        """Replaces the item and wakes who waits."""
        with self._changed:
            self._item = item
            self._changed.notify_all()

    def get(self) -> Item | None:
        """Returns the newest item, or None before the first."""
        with self._changed:
            return self._item

    def wait(
        self, wanted: Callable[[Item], bool], seconds: float, cancel: threading.Event
    ) -> Item | None:
        """Returns an item that is wanted, or None when the time is up or it is cancelled."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not cancel.is_set():
                if self._item is not None and wanted(self._item):
                    return self._item
                left = deadline - time.monotonic()
                if left <= 0.0:
                    return None
                self._changed.wait(min(left, _LOOK_EVERY))
        return None
