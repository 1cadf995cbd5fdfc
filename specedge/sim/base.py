"""The moving base: obeys velocities with lag and limits, and is stopped by what stands there."""

from __future__ import annotations

import math

import numpy as np

from specedge.motion.clearance import HALF_LENGTH, RADIUS
from specedge.sim.room import Pose, Room

Velocity = tuple[float, float, float]
"""In the base's own frame: m/s forward, m/s to the left, rad/s to the left."""
STILL: Velocity = (0.0, 0.0, 0.0)

ACCELERATION = 2.0
"""Largest change of each linear velocity, m/s^2."""
YAW_ACCELERATION = 6.0
"""Largest change of the yaw rate, rad/s^2."""
LAG = 0.15
"""Time constant with which a velocity is taken up, s."""

# Three discs along the body cover it with legs and head.
_DISCS = np.array((-HALF_LENGTH, 0.0, HALF_LENGTH))
_REACH = HALF_LENGTH + RADIUS
_LONGEST_STEP = 0.01
_GAP = 0.0005
_LONGEST_PUSH = 0.05
_APART_AFTER = 0.3
_PROBE = 1e-4


class Base:
    """A base in a room. The same commands over the same steps give the same motion.

    Args:
        room: What it can run into.
        pose: Where it stands, at rest.
    """

    def __init__(self, room: Room, pose: Pose) -> None:
        self._room = room
        self._x, self._y, self._yaw = pose.x, pose.y, pose.yaw
        self._velocity = np.zeros(3)
        self._since_contact = math.inf
        self._spare = 0.0
        self.collisions = 0
        """Contacts so far; one that lasts, or comes again within 0.3 s, counts once."""

    @property
    def pose(self) -> Pose:
        """Where it is, in the room's frame."""
        return Pose(self._x, self._y, math.remainder(self._yaw, 2 * math.pi))

    @property
    def velocity(self) -> Velocity:
        """How it moves, in its own frame, contacts included."""
        x, y, yaw_rate = self._velocity.tolist()
        return x, y, yaw_rate

    @property
    def touching(self) -> bool:
        """Whether it runs into something just now."""
        return self._since_contact < _LONGEST_STEP * 5

    def step(self, duration: float, command: Velocity) -> None:
        """Lets time pass under one command.

        Args:
            duration: s.
            command: The velocity asked for.
        """
        count = max(1, math.ceil(duration / _LONGEST_STEP - 1e-9))
        for _ in range(count):
            self._short_step(duration / count, np.asarray(command, float))

    def _short_step(self, duration: float, command: np.ndarray) -> None:
        limits = np.array((ACCELERATION, ACCELERATION, YAW_ACCELERATION))
        wanted = (command - self._velocity) / max(LAG, duration)
        self._velocity += np.clip(wanted, -limits, limits) * duration
        yaw = self._yaw + self._velocity[2] * duration
        middle = (self._yaw + yaw) / 2
        cosine, sine = math.cos(middle), math.sin(middle)
        ahead, aside = self._velocity[:2] * duration
        x = self._x + cosine * ahead - sine * aside
        y = self._y + sine * ahead + cosine * aside
        free = self._pushed_out(x, y, yaw)
        if free == (x, y):
            self._since_contact += duration
        else:
            self._count_contact()
            if free is None:
                self._velocity[:] = 0.0
                return
            east, north = free[0] - self._x, free[1] - self._y
            self._velocity[0] = (cosine * east + sine * north) / duration
            self._velocity[1] = (cosine * north - sine * east) / duration
        self._x, self._y = float(free[0]), float(free[1])
        self._yaw = yaw

    def _count_contact(self) -> None:
        if self._since_contact > _APART_AFTER:
            self.collisions += 1
        self._since_contact = 0.0

    def _pushed_out(self, x: float, y: float, yaw: float) -> tuple[float, float] | None:
        """Where a step ends: as planned, slid along what it met, or None where neither goes."""
        # Clearance changes at most by what the centre moves, so it is not asked for every step.
        self._spare -= math.dist((x, y), (self._x, self._y))
        if self._spare > 0.0:
            return x, y
        self._spare = float(self._room.clearance(x, y)) - _REACH
        if self._spare > 0.0:
            return x, y
        # One that was placed inside something may leave it.
        allowed = max(0.0, self._overlap(self._x, self._y, self._yaw) - 1e-9)
        planned = x, y
        for _ in range(3):
            overlaps = self._overlaps(x, y, yaw)
            worst = int(overlaps.argmax())
            if overlaps[worst] <= allowed:
                return x, y
            normal = self._normal(
                x + _DISCS[worst] * math.cos(yaw), y + _DISCS[worst] * math.sin(yaw)
            )
            push = float(overlaps[worst]) + _GAP
            x, y = x + push * normal[0], y + push * normal[1]
        if self._overlap(x, y, yaw) > allowed:
            return None
        return (x, y) if math.dist((x, y), planned) < _LONGEST_PUSH else None

    def _overlaps(self, x: float, y: float, yaw: float) -> np.ndarray:
        east, north = x + _DISCS * math.cos(yaw), y + _DISCS * math.sin(yaw)
        overlaps: np.ndarray = RADIUS - self._room.clearance(east, north)
        return overlaps

    def _overlap(self, x: float, y: float, yaw: float) -> float:
        return float(self._overlaps(x, y, yaw).max())

    def _normal(self, x: float, y: float) -> np.ndarray:
        """Direction in which clearance grows fastest."""
        east = x + np.array((_PROBE, -_PROBE, 0.0, 0.0))
        north = y + np.array((0.0, 0.0, _PROBE, -_PROBE))
        right, left, up, down = self._room.clearance(east, north)
        slope = np.array((right - left, up - down))
        length = float(np.hypot(*slope))
        return slope / length if length > 0.0 else slope
