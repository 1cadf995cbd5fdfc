"""A logger that prints as ROS 2 does, to standard error."""

from __future__ import annotations

import enum
import sys
import threading
import time
from typing import Any


class Level(enum.IntEnum):
    """Severities with ROS 2's numbers (rcutils)."""

    DEBUG = 10
    INFO = 20
    WARN = 30
    ERROR = 40
    FATAL = 50


class Logger:
    """Prints lines of one name, from a least severity on. May be used from any thread."""

    def __init__(self, name: str, level: Level = Level.INFO) -> None:
        self.name = name
        self._level = level
        self._lock = threading.Lock()
        self._said: dict[tuple[str, int], float] = {}

    def debug(self, text: str, **options: Any) -> bool:
        return self.log(text, Level.DEBUG, **options)

    def info(self, text: str, **options: Any) -> bool:
        return self.log(text, Level.INFO, **options)

    def warning(self, text: str, **options: Any) -> bool:
        return self.log(text, Level.WARN, **options)

    warn = warning

    def error(self, text: str, **options: Any) -> bool:
        return self.log(text, Level.ERROR, **options)

    def fatal(self, text: str, **options: Any) -> bool:
        return self.log(text, Level.FATAL, **options)

    def log(
        self,
        text: str,
        level: Level,
        *,
        once: bool = False,
        throttle_duration_sec: float = 0.0,
    ) -> bool:
        """Prints the text if its severity is high enough; returns whether it did.

        Args:
            text: what to say.
            level: how grave it is.
            once: let this line of code speak only the first time.
            throttle_duration_sec: let this line of code speak at most once in that many seconds.
        """
        if level < self._level or not self._due(once, throttle_duration_sec):
            return False
        print(f"[{level.name}] [{time.time():.9f}] [{self.name}]: {text}", file=sys.stderr)
        return True

    def _due(self, once: bool, interval: float) -> bool:
        if not once and interval <= 0.0:
            return True
        now = time.monotonic()
        place = _calling_line()
        with self._lock:
            last = self._said.get(place)
            if last is not None and (once or now - last < interval):
                return False
            self._said[place] = now
        return True


def _calling_line() -> tuple[str, int]:
    """Returns the line, outside of this file, that is about to speak."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
