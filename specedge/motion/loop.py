"""The fixed-rate loop that steps the pilot on a steady clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from specedge.motion.pilot import Pilot

RATE = 50.0
"""Steps per second."""

_log = logging.getLogger(__name__)


class ControlLoop:
    """Owns the one thread that steps a pilot.

    When a step raises, the loop ends and calls `on_failure`: nothing is sent any more, and the
    driver's own dead-man stops the robot.
    """

    def __init__(
        self,
        pilot: Pilot,
        *,
        rate: float = RATE,
        clock: Callable[[], float] = time.monotonic,
        on_failure: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self._pilot = pilot
        self._period = 1.0 / rate
        self._clock = clock
        self._on_failure = on_failure
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="control loop", daemon=True)
        self.late_steps = 0

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def close(self) -> None:
        """Ends the thread and waits for it."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=2.0)

    def __enter__(self) -> ControlLoop:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _run(self) -> None:
        due = self._clock()
        while not self._closing.wait(max(0.0, due - self._clock())):
            now = self._clock()
            try:
                self._pilot.step(now)
            except Exception as error:
                _log.exception("the control loop ends")
                self._on_failure(error)
                return
            due += self._period
            if due < now:
                # Missed steps are not made up for: the newest state is all that counts.
                self.late_steps += 1
                due = now + self._period
