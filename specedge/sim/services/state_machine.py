"""Postures, state codes and the held velocity of a Go2's sport service, without DDS."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from specedge.robot.codes import ReturnCode, SportApi, StateCode
from specedge.sim.services.body import Posture

HOLD = 1.0
"""Seconds for which the sport service keeps to the newest Move."""
RISE_TIME = 1.0
"""Seconds that a change of posture takes; a Go2 needs about that to stand up."""

Velocity = tuple[float, float, float]
STILL: Velocity = (0.0, 0.0, 0.0)

_POSTURES = {
    StateCode.DAMPING: Posture.LIMP,
    StateCode.CROUCHING: Posture.LYING,
    StateCode.SITTING: Posture.SITTING,
    StateCode.STANDING_LOCK: Posture.STANDING,
    StateCode.BALANCE_STAND: Posture.STANDING,
}

_STANDING = frozenset({StateCode.STANDING_LOCK, StateCode.BALANCE_STAND})
_ANY = frozenset(_POSTURES)


@dataclass(frozen=True)
class _Change:
    """A call that changes the posture: where it is allowed and where it leads."""

    allowed: frozenset[StateCode]
    target: StateCode
    seconds: float = RISE_TIME


_CHANGES = {
    SportApi.DAMP: _Change(_ANY, StateCode.DAMPING, seconds=0.0),
    SportApi.STAND_UP: _Change(_ANY, StateCode.STANDING_LOCK),
    SportApi.STAND_DOWN: _Change(_STANDING | {StateCode.CROUCHING}, StateCode.CROUCHING),
    SportApi.BALANCE_STAND: _Change(_STANDING, StateCode.BALANCE_STAND, seconds=0.0),
    SportApi.RECOVERY_STAND: _Change(_ANY, StateCode.BALANCE_STAND),
    SportApi.SIT: _Change(frozenset({StateCode.BALANCE_STAND}), StateCode.SITTING),
    SportApi.RISE_SIT: _Change(frozenset({StateCode.SITTING}), StateCode.BALANCE_STAND),
}

_INTERRUPTS_A_CHANGE = frozenset({SportApi.DAMP, SportApi.RECOVERY_STAND})

_GAITS = {
    SportApi.STATIC_WALK: StateCode.WALKING,
    SportApi.TROT_RUN: StateCode.RUNNING,
    SportApi.ECONOMIC_GAIT: StateCode.ENDURANCE,
    SportApi.FREE_WALK: StateCode.AGILE,
    SportApi.CLASSIC_WALK: StateCode.CLASSIC,
}


class SportStateMachine:
    """Which call is obeyed when, as a Go2 does it.

    StandUp locks the joints, and Move is ignored without a word until BalanceStand. A Move is
    held for one second and then forgotten. May be used from several threads.

    Args:
        clock: Steady clock, in seconds.
        initialised: False for a service that has not come up, which refuses every call.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, initialised: bool = True
    ) -> None:
        self._clock = clock
        self._initialised = initialised
        self._lock = threading.Lock()
        self._resting = StateCode.CROUCHING
        self._change: tuple[StateCode, float] | None = None
        self._gait = StateCode.WALKING
        self._held = STILL
        self._held_until = -1.0
        self._called_at = -math.inf

    def initialise(self) -> None:
        """Ends the refusal of calls of a machine that was made uninitialised."""
        with self._lock:
            self._initialised = True

    def call(self, api: SportApi) -> ReturnCode:
        """Obeys a call that has no parameter; refuses it where a Go2 would.

        Raises:
            ValueError: the call is no change of posture or gait, and not StopMove.
        """
        with self._lock:
            self._called_at = self._clock()
            if not self._initialised:
                return ReturnCode.NOT_INITIALISED
            self._settle()
            if api is SportApi.STOP_MOVE:
                self._held = STILL
                return ReturnCode.OK
            if api in _GAITS:
                return self._walk_as(_GAITS[api])
            if api not in _CHANGES:
                raise ValueError(f"{api.name} changes neither posture nor gait")
            return self._change_posture(api, _CHANGES[api])

    def move(self, x: float, y: float, yaw_rate: float) -> ReturnCode:
        """Holds a velocity for a second; forgets it at once where a Go2 cannot walk."""
        with self._lock:
            self._called_at = self._clock()
            if not self._initialised:
                return ReturnCode.NOT_INITIALISED
            self._settle()
            if self._can_walk():
                self._held = (x, y, yaw_rate)
                self._held_until = self._clock() + HOLD
            return ReturnCode.OK

    def require_balance(self) -> ReturnCode:
        """Returns whether a call that needs unlocked joints, such as Euler, can be obeyed."""
        with self._lock:
            if not self._initialised:
                return ReturnCode.NOT_INITIALISED
            self._settle()
            return ReturnCode.OK if self._can_walk() else ReturnCode.WRONG_POSTURE

    def idle(self) -> float:
        """Returns the seconds since somebody last told the robot to do anything."""
        with self._lock:
            return self._clock() - self._called_at

    def velocity(self) -> Velocity:
        """Returns the velocity to drive now: m/s forward, m/s left, rad/s left."""
        with self._lock:
            self._settle()
            return self._velocity()

    def state_code(self) -> StateCode:
        """Returns what SportModeState tells: a gait while a velocity is held, else the posture."""
        with self._lock:
            self._settle()
            return self._resting if self._velocity() == STILL else self._gait

    def posture(self) -> Posture:
        """Returns the posture that the body should take or keep."""
        with self._lock:
            self._settle()
            return _POSTURES[self._change[0] if self._change else self._resting]

    def _velocity(self) -> Velocity:
        return self._held if self._clock() < self._held_until else STILL

    def _can_walk(self) -> bool:
        return self._change is None and self._resting is StateCode.BALANCE_STAND

    def _walk_as(self, gait: StateCode) -> ReturnCode:
        if not self._can_walk():
            return ReturnCode.WRONG_POSTURE
        self._gait = gait
        return ReturnCode.OK

    def _change_posture(self, api: SportApi, change: _Change) -> ReturnCode:
        if self._change is not None and api not in _INTERRUPTS_A_CHANGE:
            heading = self._change[0]
            return ReturnCode.OK if heading is change.target else ReturnCode.WRONG_POSTURE
        if self._resting not in change.allowed:
            return ReturnCode.WRONG_POSTURE
        self._held = STILL
        self._change = None
        if change.target is not self._resting:
            self._change = (change.target, self._clock() + change.seconds)
        self._settle()
        return ReturnCode.OK

    def _settle(self) -> None:
        """Completes a change of posture whose time has come."""
        if self._change is not None and self._clock() >= self._change[1]:
            self._resting, self._change = self._change[0], None
