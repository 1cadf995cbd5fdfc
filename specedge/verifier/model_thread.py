"""The one thread that uses the model: turns of many robots take it pass by pass."""

from __future__ import annotations

import threading
import time
from typing import Protocol

AT_ONCE = 0.0
"""A time that has always come."""


class Work(Protocol):
    """Something that needs the model now and then."""

    def step(self) -> float | None:
        """Does one piece of work, a pass at most.

        Returns:
            When to be called again, in seconds of the monotonic clock; None for when it is woken.
        """


class ModelThread:
    """Calls what is due in turn, so that nobody waits for more than one pass of each other robot.

    Work that waits, for a hint or a proposal, holds nobody up.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._closed = False
        # In the order of their last step; a step's work stands last.
        self._due: dict[Work, float] = {}
        self._thread = threading.Thread(target=self._serve, name="verifier-model", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs; false after `close`, or after an error of its own."""
        return self._thread.is_alive()

    def wake(self, work: Work) -> None:
        """Has work called as soon as its turn comes; safe from any thread."""
        with self._changed:
            self._due[work] = AT_ONCE
            self._changed.notify()

    def close(self) -> None:
        """Ends after the step in progress, and joins the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _serve(self) -> None:
        while (work := self._next()) is not None:
            again = work.step()
            if again is not None:
                with self._changed:
                    # Woken during its step, it is due already.
                    self._due.setdefault(work, again)

    def _next(self) -> Work | None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                for work, due in self._due.items():
                    if due <= now:
                        del self._due[work]
                        return work
                self._changed.wait(min(self._due.values()) - now if self._due else None)
        return None
