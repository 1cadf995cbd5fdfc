"""A robot that is not there, for dry runs: it would have gone where it was told to."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from specedge.motion.robot import RobotSample
from specedge.motion.velocity import STILL, BodyVelocity
from specedge.robot.codes import StateCode

_LEAVES = {"sit": StateCode.SITTING} | dict.fromkeys(
    ("rise_sit", "recovery_stand", "stand_up", "balance_stand"), StateCode.BALANCE_STAND
)
"""The state that a skill leaves a robot in."""


class GhostRobot:
    """Integrates what it is told to drive, without delay or slip; no robot hears of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._at = clock()
        self._x = self._y = self._yaw = 0.0
        self._velocity = STILL
        self._deadline = -math.inf
        self._state_code = StateCode.BALANCE_STAND

    def latest(self) -> RobotSample:
        """Returns where it would be by now."""
        with self._lock:
            now = self._clock()
            self._advance(now)
            v = self._velocity
            return RobotSample(
                now, self._x, self._y, self._yaw, v.x, v.y, v.yaw_rate, self._state_code
            )

    def scan(self) -> None:
        """Returns None: what is not there sees nothing."""

    def move(self, velocity: BodyVelocity, deadline: float) -> None:
        """Drives a velocity until its deadline."""
        with self._lock:
            self._advance(self._clock())
            self._velocity, self._deadline = velocity, deadline

    def call(self, name: str) -> None:
        """Stops on ``stop_move``, sits on ``sit`` and stands after what makes a Go2 stand."""
        if name == "stop_move":
            self.move(STILL, -math.inf)
        elif name in _LEAVES:
            with self._lock:
                self._state_code = _LEAVES[name]

    def take_refusals(self) -> tuple[str, ...]:
        """Returns nothing: it does whatever it is asked to."""
        return ()

    def release(self) -> None:
        """Stops it."""
        self.move(STILL, -math.inf)

    def fault(self) -> str:
        """Returns an empty text: what is not there does not break."""
        return ""

    def _advance(self, now: float) -> None:
        seconds = max(0.0, min(now, self._deadline) - self._at)
        v, middle = self._velocity, self._yaw + self._velocity.yaw_rate * seconds / 2.0
        self._x += (v.x * math.cos(middle) - v.y * math.sin(middle)) * seconds
        self._y += (v.x * math.sin(middle) + v.y * math.cos(middle)) * seconds
        self._yaw += v.yaw_rate * seconds
        self._at = now
        if now >= self._deadline:
            self._velocity = STILL
