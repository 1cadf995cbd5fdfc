"""The one path on which a velocity reaches the robot."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from specedge.motion.clearance import Clearance
from specedge.motion.limits import Limits
from specedge.motion.robot import RobotSample
from specedge.motion.slew import slew
from specedge.motion.velocity import STILL, BodyVelocity
from specedge.motion.watchdog import Silence

LONGEST_STEP = 0.05
"""Seconds of acceleration that one step may grant, so that a late loop does not jump."""
STILL_FOR = 0.1
"""Seconds of standstill after which a stop counts as confirmed; one sample could be a reversal."""

TELL_AFTER = 1.0
"""Seconds without need for it, after which keeping clear of something is told anew."""


@dataclass(frozen=True)
class GuardInputs:
    """What speaks against moving, gathered for one step.

    Attributes:
        robot: The newest report of the robot.
        silent: Sources that were not heard in time.
        emergency: Why the emergency stop is latched; empty when it is not.
        not_ready: Why the robot cannot walk yet; empty when it can.
        operator: Whether somebody drives by joystick or remote control, who outranks the model.
        obstacles: What the lidar knows of, in the frame of the base, m, [N, 2].
    """

    robot: RobotSample | None
    silent: tuple[Silence, ...] = ()
    emergency: str = ""
    not_ready: str = ""
    operator: bool = False
    obstacles: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)), compare=False)


@dataclass(frozen=True)
class Decision:
    """What goes to the robot in one step.

    Attributes:
        velocity: Inside the limits, clear of obstacles, and within reach of the last one, unless an
            obstacle asks for less.
        stop: Whether to ask for StopMove; true until the robot is seen to stand still.
        held: Why nothing may move, with the name of each cause; empty when it may.
        cuts: What was taken off the requested velocity.
    """

    velocity: BodyVelocity = STILL
    stop: bool = False
    held: tuple[str, ...] = ()
    cuts: tuple[str, ...] = ()


class Guard:
    """Decides, step by step, what may be driven.

    A held robot is stopped at once, without a ramp; the next motion starts from zero. A stop is
    repeated until the robot's own reports show it standing.

    Args:
        limits: The envelope.
        margin: Distance to keep from obstacles, m.
    """

    def __init__(self, limits: Limits, margin: float = 0.0) -> None:
        self._limits = limits
        self._margin = margin
        self._velocity = STILL
        self._kept_clear_at = -math.inf
        self._stepped: float | None = None
        self._emergency = False
        # Until this guard moves the robot, somebody else's motion is not its to stop.
        self._confirmed = True
        self._stopping_since: float | None = None
        self._still_since: float | None = None

    @property
    def velocity(self) -> BodyVelocity:
        """What was decided last."""
        return self._velocity

    @property
    def resting(self) -> bool:
        """Whether nothing is driven and the last stop is confirmed."""
        return self._velocity.zero and self._confirmed

    def step(self, now: float, requested: BodyVelocity, inputs: GuardInputs) -> Decision:
        """Decides what is driven from now on.

        Args:
            now: Seconds of the steady clock.
            requested: What the action in progress would like.
            inputs: What speaks against it.
        """
        seconds = 0.0 if self._stepped is None else now - self._stepped
        self._stepped = now
        pressed = bool(inputs.emergency)
        if pressed and not self._emergency:
            # Whoever presses it wants a StopMove, whether or not this guard was driving.
            self._begin_stop()
        self._emergency = pressed

        if inputs.operator and not pressed:
            # A StopMove would fight the operator, whose motion it is now.
            self._confirmed = True

        held = self._causes(requested, inputs)
        if held:
            self._velocity = STILL
            return Decision(held=held, stop=self._stop_due(now, inputs.robot))

        wanted, cuts = self._limits.clamp(requested)
        step = min(max(0.0, seconds), LONGEST_STEP)
        # Slowed down at once, sped up within the limits, and only towards what is clear.
        clearance = Clearance(inputs.obstacles, self._margin)
        clear = self._limits.slowed(clearance.nearest(wanted))
        slowed = clearance.slower(self._velocity)
        for unclear, instead in ((self._velocity, slowed), (wanted, clear)):
            if unclear != instead:
                cuts += self._kept_clear(now, clearance.whereabouts(unclear))
        self._velocity = slew(slowed, clear, self._limits, step)
        if not self._velocity.zero:
            self._begin_stop()
            return Decision(self._velocity, cuts=cuts)
        stop = wanted.zero and self._stop_due(now, inputs.robot)
        return Decision(stop=stop, cuts=cuts)

    def _kept_clear(self, now: float, where: str) -> tuple[str, ...]:
        """Tells what is kept clear of, when that begins."""
        begins = now - self._kept_clear_at > TELL_AFTER
        self._kept_clear_at = now
        return (f"keeps clear of something {where}",) if begins else ()

    def _causes(self, requested: BodyVelocity, inputs: GuardInputs) -> tuple[str, ...]:
        causes = [str(silence) for silence in inputs.silent]
        if inputs.emergency:
            causes.insert(0, f"emergency stop: {inputs.emergency}")
        if inputs.operator:
            causes.append("operator: drives the robot himself")
        if inputs.not_ready:
            causes.append(f"robot: {inputs.not_ready}")
        if inputs.robot is None:
            causes.append("robot: no report yet")
        if not requested.finite:
            causes.append(f"request: {requested} is not finite")
        return tuple(causes)

    def _begin_stop(self) -> None:
        self._confirmed = False
        self._stopping_since = None
        self._still_since = None

    def _stop_due(self, now: float, robot: RobotSample | None) -> bool:
        """Follows a stop until reports that arrived after it began show standstill."""
        if self._confirmed:
            return False
        if self._stopping_since is None:
            self._stopping_since = now
        if robot is None or robot.received <= self._stopping_since or not robot.still:
            self._still_since = None
            return True
        if self._still_since is None:
            self._still_since = robot.received
        self._confirmed = robot.received - self._still_since >= STILL_FOR
        return not self._confirmed
