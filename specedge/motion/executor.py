"""One action at a time, measured by the robot's own odometry."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from specedge.commands import Action, ActionKind
from specedge.motion.pacing import Pacing
from specedge.motion.robot import RobotSample
from specedge.motion.velocity import STILL, BodyVelocity

_STAYS = frozenset({ActionKind.STOP, ActionKind.DONE, ActionKind.NEXT, ActionKind.CANNOT})


class Outcome(enum.Enum):
    """How an action or a command ended; the value is its name on the wire."""

    OK = "ok"
    BLOCKED = "blocked"
    STOPPED = "stopped"
    REFUSED = "refused"


class Posture(enum.Enum):
    """What an action needs the robot to do with its legs."""

    ANY = "any"
    STANDING = "standing"
    SITTING = "sitting"


@dataclass(frozen=True)
class Step:
    """What an action wants now.

    Attributes:
        velocity: To be passed through the guard.
        progress: 0 to 1.
        outcome: None while it goes on.
        detail: Why it ended otherwise than well.
    """

    velocity: BodyVelocity
    progress: float
    outcome: Outcome | None = None
    detail: str = ""


def posture_of(action: Action) -> Posture:
    """Returns the posture in which an action is done."""
    if action.kind is ActionKind.SIT:
        return Posture.SITTING
    if action.kind in _STAYS:
        return Posture.ANY
    return Posture.STANDING


class Travel:
    """A turn, walk or sidestep of a given amount, from where the robot is when it begins."""

    def __init__(
        self, action: Action, start: RobotSample, pacing: Pacing, *, patience: float = 0.0
    ) -> None:
        """Begins where the robot is.

        Args:
            action: A turn, a walk, a sidestep or a look around.
            start: The report from which distances count.
            pacing: Speeds and tolerances.
            patience: Further seconds for which a robot that has not moved at all is no stall,
                because it was just raised and may still ignore Move.
        """
        self._kind = action.kind
        self._amount = 2.0 * math.pi if action.kind is ActionKind.LOOK_AROUND else action.amount
        self._start = start
        self._yaw = start.yaw
        self._turned = 0.0
        self._pace = pacing.pace(action.kind)
        self._heading_gain = pacing.heading_gain
        self._driven = 0.0
        self._stall_limit = pacing.stall_seconds
        self._time_limit = patience + pacing.time_limit(action.kind, abs(self._amount))
        self._patience = patience
        self._best = 0.0
        self._best_at = 0.0

    def step(self, seconds: float, robot: RobotSample) -> Step:
        """Plans the next velocity.

        Args:
            seconds: Time for which the last velocity was driven; 0 while the guard held it, so
                that waiting counts neither as a stall nor towards the time limit.
            robot: The newest report.
        """
        self._driven += seconds
        self._turned += math.remainder(robot.yaw - self._yaw, 2.0 * math.pi)
        self._yaw = robot.yaw
        covered = self._covered(robot) * math.copysign(1.0, self._amount)
        remaining = abs(self._amount) - covered
        progress = min(1.0, max(0.0, covered / abs(self._amount)))
        if remaining <= self._pace.tolerance:
            return Step(STILL, 1.0, Outcome.OK)
        if covered > self._best + self._pace.stall_distance:
            self._best, self._best_at = covered, self._driven
        stall_limit = self._stall_limit + (self._patience if self._best_at == 0.0 else 0.0)
        if self._driven - self._best_at > stall_limit:
            detail = f"no progress for {stall_limit:.1f} s at {progress:.0%}"
            return Step(STILL, progress, Outcome.BLOCKED, detail)
        if self._driven > self._time_limit:
            detail = f"not finished after {self._time_limit:.1f} s, at {progress:.0%}"
            return Step(STILL, progress, Outcome.BLOCKED, detail)
        speed = math.copysign(self._pace.speed(remaining), self._amount)
        return Step(self._velocity(speed), progress)

    def _covered(self, robot: RobotSample) -> float:
        if self._kind in (ActionKind.TURN, ActionKind.LOOK_AROUND):
            return self._turned
        east, north = robot.x - self._start.x, robot.y - self._start.y
        cosine, sine = math.cos(self._start.yaw), math.sin(self._start.yaw)
        if self._kind is ActionKind.WALK:
            return east * cosine + north * sine
        return north * cosine - east * sine

    def _velocity(self, speed: float) -> BodyVelocity:
        if self._kind in (ActionKind.TURN, ActionKind.LOOK_AROUND):
            return BodyVelocity(yaw_rate=speed)
        # A gait drifts; a straight walk holds the heading with which it began.
        back = -self._heading_gain * self._turned
        if self._kind is ActionKind.WALK:
            return BodyVelocity(x=speed, yaw_rate=back)
        return BodyVelocity(y=speed, yaw_rate=back)
