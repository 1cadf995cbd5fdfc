"""Decides when to pass a velocity on, when to stop, and when a stop counts as done."""

from __future__ import annotations

import math
from dataclasses import dataclass

from specedge.robot.messages import RobotState, Velocity
from specedge.robot.stillness import is_still

DEAD_MAN = 0.3
"""Seconds without a new velocity after which the robot is stopped."""
STOP_PERIOD = 0.1
"""Seconds between repetitions of an unconfirmed StopMove."""
SETTLING = 0.1
"""Seconds after the first StopMove before a report can confirm it; earlier ones are older news."""
UNCONFIRMED_AFTER = 1.0
"""Seconds of stopping after which it is reported that the robot does not confirm it."""


@dataclass(frozen=True)
class Stop:
    """StopMove is to be sent."""


class DeadMan:
    """Keeps the robot moving only while somebody keeps asking for it; not thread-safe.

    Args:
        patience: Seconds without a new velocity after which the robot is stopped.
    """

    def __init__(self, patience: float = DEAD_MAN) -> None:
        self._patience = patience
        self._fresh: Velocity | None = None
        self._void_at = -math.inf
        self._moving = False
        self._stopping_since: float | None = None
        self._next_stop = -math.inf
        self._releasing = False

    @property
    def at_rest(self) -> bool:
        """Whether nothing was sent that a stop has not been confirmed for."""
        return not self._moving and self._fresh is None and not self._releasing

    def drive(self, velocity: Velocity) -> None:
        """Takes a velocity; only the newest counts."""
        self._fresh = velocity

    def stop(self) -> None:
        """Demands a stop, even of a robot that is not known to move."""
        self._fresh = None
        self._moving = True
        self._void_at = -math.inf
        self._next_stop = -math.inf

    def stop_if_moving(self) -> None:
        """Demands a stop unless the robot is at rest."""
        if not self.at_rest:
            self.stop()

    def release(self) -> None:
        """Demands one last stop; what the robot does after it is somebody else's."""
        self._fresh = None
        self._moving = False
        self._stopping_since = None
        self._releasing = True

    def unconfirmed(self, now: float) -> bool:
        """Returns whether stops have been sent for long without the robot standing still."""
        return self._stopping_since is not None and now - self._stopping_since > UNCONFIRMED_AFTER

    def next(self, now: float, state: RobotState | None) -> Velocity | Stop | None:
        """Returns what to send now, if anything.

        Args:
            now: Seconds of the steady clock.
            state: The newest report of the robot.
        """
        if self._releasing:
            self._releasing = False
            return Stop()
        fresh, self._fresh = self._fresh, None
        if fresh is not None and now < fresh.deadline:
            if not fresh.zero:
                self._moving = True
                self._void_at = min(fresh.deadline, now + self._patience)
                self._stopping_since = None
                self._next_stop = -math.inf
                return fresh
            self._void_at = min(self._void_at, now)
        if not self._moving or now < self._void_at:
            return None
        return self._pursue_stop(now, state)

    def due(self, now: float) -> float | None:
        """Returns the seconds until `next` may have something to send, or None when at rest."""
        if self._fresh is not None or self._releasing:
            return 0.0
        if not self._moving:
            return None
        return max(0.0, max(self._void_at, self._next_stop) - now)

    def _pursue_stop(self, now: float, state: RobotState | None) -> Stop | None:
        if (
            self._stopping_since is not None
            and state is not None
            and state.received >= self._stopping_since + SETTLING
            and is_still(state.vx, state.vy, state.yaw_rate)
        ):
            self._moving = False
            self._stopping_since = None
            return None
        if now < self._next_stop:
            return None
        if self._stopping_since is None:
            self._stopping_since = now
        self._next_stop = now + STOP_PERIOD
        return Stop()
