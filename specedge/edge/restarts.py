"""When a process that has ended by itself is started again."""

from __future__ import annotations

MOST = 5
"""Restarts in a row before a process is given up."""
FIRST_PAUSE = 0.5
"""Seconds before the first restart; each further one in a row waits twice as long."""
HEALTHY = 60.0
"""Seconds that a process has to last for the count to begin anew."""


class Restarts:
    """Counts the ends of a process: pauses grow, and a process that cannot live is given up."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def pause(self, lasted: float) -> float | None:
        """Returns the seconds to wait before a restart; None if there should be none.

        Args:
            lasted: Seconds for which the process that has ended had run.
        """
        if lasted >= HEALTHY:
            self._in_a_row = 0
        if self._in_a_row == MOST:
            return None
        self._in_a_row += 1
        return float(FIRST_PAUSE * 2 ** (self._in_a_row - 1))
