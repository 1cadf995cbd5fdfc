"""How actions are paced: quickly on the way, slowly towards the end."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from specedge.commands import ActionKind
from specedge.motion.limits import LimitError


@dataclass(frozen=True)
class Pace:
    """The speed profile of one kind of motion; the unit is m, or rad for a turn.

    Attributes:
        cruise: Speed on the way, per second.
        creep: Slowest speed that a gait still carries out, per second.
        braking: Deceleration that is planned for, per second².
        lag: Seconds for which the robot keeps its speed after a change was asked for.
        tolerance: Distance from the end that counts as there.
        stall_distance: Progress smaller than this is none.
    """

    cruise: float
    creep: float
    braking: float
    lag: float
    tolerance: float
    stall_distance: float

    def speed(self, remaining: float) -> float:
        """Returns the speed from which the robot still comes to rest in the distance that remains.

        Solves ``remaining = lag * v + v² / (2 * braking)`` for v, within creep and cruise.
        """
        reach = self.lag * self.braking
        fastest = math.sqrt(reach * reach + 2.0 * self.braking * max(0.0, remaining)) - reach
        return min(self.cruise, max(self.creep, fastest))


@dataclass(frozen=True)
class Pacing:
    """The numbers by which actions are driven.

    Attributes:
        walk: m/s on the way.
        sidestep: m/s on the way.
        turn: rad/s on the way.
        lag: Seconds between a velocity and the robot driving it.
        distance_tolerance: m.
        angle_tolerance: rad.
        stall_seconds: Seconds without progress after which the way counts as blocked.
        heading_gain: rad/s of correction per rad that a straight walk is off its heading.
    """

    walk: float = 0.5
    sidestep: float = 0.25
    turn: float = 0.8
    lag: float = 0.12
    distance_tolerance: float = 0.03
    angle_tolerance: float = 0.03
    stall_seconds: float = 1.5
    heading_gain: float = 1.5

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0.0):
                raise LimitError(f"pacing {field.name} is {value}; give a positive number")

    def pace(self, kind: ActionKind) -> Pace:
        """Returns the profile of a kind of motion."""
        if kind in (ActionKind.TURN, ActionKind.LOOK_AROUND):
            return Pace(self.turn, 0.2, 1.2, self.lag, self.angle_tolerance, math.radians(2.0))
        cruise = self.walk if kind is ActionKind.WALK else self.sidestep
        return Pace(cruise, min(0.1, cruise), 0.6, self.lag, self.distance_tolerance, 0.02)

    def time_limit(self, kind: ActionKind, amount: float) -> float:
        """Returns the seconds after which an action counts as blocked: twice its time and 3 s."""
        return 3.0 + 2.0 * amount / self.pace(kind).cruise
