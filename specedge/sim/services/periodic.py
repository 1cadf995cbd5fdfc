"""Publishes again and again, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from cyclonedds.core import DDSException

_log = logging.getLogger(__name__)


class Periodic:
    """Calls a function at a rate while its block runs; what a late call has missed is left out.

    Args:
        name: What is published.
        rate: Hz.
        publish: Writes one message or several.
    """

    def __init__(self, name: str, rate: float, publish: Callable[[], None]) -> None:
        self._name = name
        self._period = 1.0 / rate
        self._publish = publish
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{name} publisher")

    def start(self) -> None:
        """Begins to publish."""
        self._thread.start()

    def close(self) -> None:
        """Stops publishing."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Periodic:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            try:
                self._publish()
            except DDSException as error:
                _log.warning("%s not published: %s", self._name, error)
            due = max(due + self._period, time.monotonic())
