"""Executes actions perfectly simply in simulated time: no odometry errors, no delays.

The stack's own motion controller does this for the robot; here it would only cost time. Of its
guards, the walker has the one that changes where a robot goes: it keeps clear of what the lidar
sees.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from specedge.commands import Action, ActionKind
from specedge.motion.clearance import MARGIN, Clearance
from specedge.motion.surroundings import Surroundings
from specedge.motion.velocity import BodyVelocity
from specedge.robot.scan import scan_of
from specedge.sim import lidar
from specedge.sim.base import STILL, Velocity
from specedge.sim.room import Pose
from specedge.sim.services.body import Posture
from specedge.sim.world import World

STEP = 0.02
"""Simulated time between two velocities, s."""
SPEED, SIDE_SPEED, YAW_RATE = 0.6, 0.3, 1.2
"""m/s forward, m/s sideways, rad/s."""
_GAIN = 3.0
_POSITION_CLOSE, _ANGLE_CLOSE = 0.02, math.radians(1.0)
_SLOW, _SLOW_TURN = 0.06, 0.1
_STUCK_AFTER = 0.6
_STUCK_WITHIN = 0.01
_LONGEST = 20.0
_POSTURE_TIME = 1.5


class Walker:
    """Executes actions in a world.

    Args:
        world: Where the robot is.
        clearance: Distance to keep from what the lidar sees, m; 0 to walk without one.
    """

    def __init__(self, world: World, clearance: float = MARGIN) -> None:
        self._world = world
        self._clearance = clearance
        self._surroundings = Surroundings()
        self._next_scan = 0.0
        self.posture = Posture.STANDING
        self.time = 0.0
        """Simulated time so far, s."""
        self.length = 0.0
        """Length of the way so far, m."""
        self.turned = 0.0
        """Sum of all turns so far, rad, positive to the left."""
        self._least_turned = self._most_turned = 0.0

    @property
    def looked(self) -> float:
        """How far round it has looked, rad: from its rightmost heading to its leftmost."""
        return self._most_turned - self._least_turned

    def execute(self, action: Action) -> bool:
        """Does one action; returns whether it was finished rather than blocked."""
        if action.kind is ActionKind.TURN:
            return self._turn(action.amount)
        if action.kind is ActionKind.LOOK_AROUND:
            return self._turn(2 * math.pi)
        if action.kind is ActionKind.WALK:
            return self._move(action.amount, ahead=True)
        if action.kind is ActionKind.SIDESTEP:
            return self._move(action.amount, ahead=False)
        if action.kind is ActionKind.SIT:
            self.posture = Posture.SITTING
        elif action.kind is ActionKind.STAND:
            self.posture = Posture.STANDING
        if action.kind in (ActionKind.SIT, ActionKind.STAND):
            self._pass(_POSTURE_TIME)
        self._halt()
        return True

    def _turn(self, amount: float) -> bool:
        turned, before = 0.0, self._world.pose.yaw

        def command() -> tuple[Velocity, float]:
            nonlocal turned, before
            yaw = self._world.pose.yaw
            turned += math.remainder(yaw - before, 2 * math.pi)
            before = yaw
            left = amount - turned
            return (0.0, 0.0, _clip(_GAIN * left, YAW_RATE)), left

        return self._until(command, _ANGLE_CLOSE)

    def _move(self, amount: float, ahead: bool) -> bool:
        start = self._world.pose
        axis = start.yaw if ahead else start.yaw + math.pi / 2
        limit = SPEED if ahead else SIDE_SPEED

        def command() -> tuple[Velocity, float]:
            pose = self._world.pose
            done = (pose.x - start.x) * math.cos(axis) + (pose.y - start.y) * math.sin(axis)
            left = amount - done
            speed = _clip(_GAIN * left, limit)
            straighten = _clip(_GAIN * math.remainder(start.yaw - pose.yaw, 2 * math.pi), YAW_RATE)
            velocity = (speed, 0.0, straighten) if ahead else (0.0, speed, straighten)
            return velocity, left

        return self._until(command, _POSITION_CLOSE)

    def _until(self, command: Callable[[], tuple[Velocity, float]], close: float) -> bool:
        """Drives until what is left is small; False when it no longer shrinks."""
        best, since_better, began = math.inf, 0.0, self.time
        finished = False
        while self.time - began < _LONGEST:
            velocity, left = command()
            if abs(left) <= close and self._slow():
                finished = True
                break
            if abs(left) < best - _STUCK_WITHIN:
                best, since_better = abs(left), 0.0
            since_better += STEP
            if since_better > _STUCK_AFTER:
                break
            self._step(velocity)
        self._halt()
        return finished

    def _slow(self) -> bool:
        x, y, yaw_rate = self._world.velocity
        return math.hypot(x, y) < _SLOW and abs(yaw_rate) < _SLOW_TURN

    def _halt(self) -> None:
        self._pass(0.4)

    def _pass(self, duration: float) -> None:
        for _ in range(round(duration / STEP)):
            self._step(STILL)

    def _step(self, velocity: Velocity) -> None:
        before = self._world.pose
        self._world.step(STEP, self._clear(velocity, before), self.posture)
        after = self._world.pose
        self.time += STEP
        self.length += math.dist((before.x, before.y), (after.x, after.y))
        self.turned += math.remainder(after.yaw - before.yaw, 2 * math.pi)
        self._least_turned = min(self._least_turned, self.turned)
        self._most_turned = max(self._most_turned, self.turned)

    def _clear(self, velocity: Velocity, pose: Pose) -> Velocity:
        if self._clearance == 0.0 or velocity == STILL:
            return velocity
        place = pose.x, pose.y, pose.yaw
        if self.time >= self._next_scan:
            self._next_scan = self.time + 1.0 / lidar.RATE
            self._surroundings.take(scan_of(lidar.cloud(self._world.room, pose), self.time), place)
        around = self._surroundings.around(place)
        clear = Clearance(around, self._clearance).nearest(BodyVelocity(*velocity))
        return clear.x, clear.y, clear.yaw_rate


def _clip(value: float, limit: float) -> float:
    return min(max(value, -limit), limit)
