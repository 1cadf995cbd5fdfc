"""Named sources that have to be heard from; a silent one is a reason to stop."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from specedge.errors import SpecedgeError


class WatchdogError(SpecedgeError):
    """A source is unknown, or its age is no positive number."""


@dataclass(frozen=True)
class Silence:
    """A source that was not heard in time.

    Attributes:
        source: Its name.
        age: Seconds since it was heard; infinite when it never was.
        allowed: Seconds it may be silent.
    """

    source: str
    age: float
    allowed: float

    def __str__(self) -> str:
        # Without the age, so that one silence is one text however often it is reported.
        return f"{self.source}: not heard for {self.allowed:.2f} s"


class Watchdog:
    """Remembers when each source was last heard, on one steady clock; safe between threads."""

    def __init__(self, ages: Mapping[str, float]) -> None:
        """Watches the named sources.

        Args:
            ages: Seconds that each source may be silent.

        Raises:
            WatchdogError: an age is not a positive number.
        """
        for source, age in ages.items():
            if not (math.isfinite(age) and age > 0.0):
                raise WatchdogError(f"the age allowed to {source} is {age}; give positive seconds")
        self._ages = dict(ages)
        self._heard: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of what is watched."""
        return tuple(self._ages)

    def heard(self, source: str, now: float) -> None:
        """Notes a sign of life; an older one than noted before changes nothing.

        Raises:
            WatchdogError: the source is not watched.
        """
        self._known(source)
        with self._lock:
            self._heard[source] = max(now, self._heard.get(source, -math.inf))

    def lost(self, source: str) -> None:
        """Notes that a source said itself that it is gone: silent from now on until heard again.

        Raises:
            WatchdogError: the source is not watched.
        """
        self._known(source)
        with self._lock:
            self._heard.pop(source, None)

    def silent(self, now: float) -> tuple[Silence, ...]:
        """Returns every source that is silent for longer than it may be."""
        with self._lock:
            ages = {name: now - self._heard.get(name, -math.inf) for name in self._ages}
        return tuple(
            Silence(name, age, self._ages[name])
            for name, age in ages.items()
            # Written so that an age that is no number counts as silence.
            if not age <= self._ages[name]
        )

    def _known(self, source: str) -> None:
        if source not in self._ages:
            raise WatchdogError(f"{source!r} is not watched; watched are {', '.join(self._ages)}")
