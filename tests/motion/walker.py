"""A robot and a clock for tests, both stepped by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from specedge.motion.pilot import Pilot
from specedge.motion.robot import RobotSample
from specedge.motion.velocity import STILL, BodyVelocity
from specedge.robot.scan import LIDAR_AHEAD, Scan, scan_of

PERIOD = 0.02


class Clock:
    """A steady clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Walker:
    """A Go2 as the pilot sees it: locked until balanced, lagging, stopped by a wall at x."""

    def __init__(self, clock: Clock, *, code: int = 1013, wall: float = math.inf) -> None:
        self.clock = clock
        self.code = code
        self.wall = wall
        self.x = self.y = self.yaw = 0.0
        self.driven = STILL
        self.wanted = STILL
        self.calls: list[str] = []
        self.moves: list[BodyVelocity] = []
        self.broken = ""
        self.refusals: list[str] = []
        self.releases = 0
        self.reporting = True
        self.stays_stuck = False
        self.runs_on = False
        self.scanning = self.blind = False
        self.seen: Scan | None = None
        self._sample: RobotSample | None = None

    def latest(self) -> RobotSample | None:
        return self._sample

    def scan(self) -> Scan | None:
        return self.seen

    def move(self, velocity: BodyVelocity, deadline: float) -> None:
        assert deadline > self.clock.now
        self.moves.append(velocity)
        if not (self.runs_on and velocity.x < self.wanted.x):
            self.wanted = velocity

    def call(self, name: str) -> None:
        self.calls.append(name)
        if self.stays_stuck:
            return
        if name == "stop_move" and not self.runs_on:
            self.wanted = STILL
        after = {"stand_up": 1002, "balance_stand": 1013, "sit": 1007, "rise_sit": 1013}
        self.code = after.get(name, 1013 if name == "recovery_stand" else self.code)

    def take_refusals(self) -> tuple[str, ...]:
        refusals, self.refusals = tuple(self.refusals), []
        return refusals

    def release(self) -> None:
        self.releases += 1
        self.wanted = STILL

    def fault(self) -> str:
        return self.broken

    def advance(self, seconds: float) -> None:
        """Lets time pass for the body, with a first-order lag of 0.1 s."""
        walks = self.code == 1013
        mix = min(1.0, seconds / 0.1)
        wanted = self.wanted if walks else STILL
        self.driven = BodyVelocity(
            self.driven.x + mix * (wanted.x - self.driven.x),
            self.driven.y + mix * (wanted.y - self.driven.y),
            self.driven.yaw_rate + mix * (wanted.yaw_rate - self.driven.yaw_rate),
        )
        v = self.driven
        x = self.x + (v.x * math.cos(self.yaw) - v.y * math.sin(self.yaw)) * seconds
        if x > self.wall:
            self.driven = BodyVelocity(0.0, v.y, v.yaw_rate)
            x = self.wall
        self.x = x
        self.y += (v.x * math.sin(self.yaw) + v.y * math.cos(self.yaw)) * seconds
        self.yaw = math.remainder(self.yaw + v.yaw_rate * seconds, 2 * math.pi)
        if self.reporting:
            v = self.driven
            self._sample = RobotSample(
                self.clock.now, self.x, self.y, self.yaw, v.x, v.y, v.yaw_rate, self.code
            )
        if self.scanning and math.isfinite(self.x):
            self.seen = Scan(self.clock.now, b"") if self.blind else self._look()

    def _look(self) -> Scan:
        """Sees the wall at x, and the floor before it and elsewhere."""
        bearing = np.radians(np.arange(-179.0, 180.0, 1.5))
        lidar = self.x + LIDAR_AHEAD * math.cos(self.yaw)
        to_wall = np.maximum(np.cos(bearing + self.yaw), 1e-3)
        wall = np.maximum(self.wall - lidar, 0.0) / to_wall
        floor = np.minimum(wall / 2.0, 1.0)
        points = [_ring(bearing, floor, -0.32)]
        points += [_ring(bearing[wall < 6.0], wall[wall < 6.0], height) for height in (-0.1, 0.0)]
        return scan_of(np.concatenate(points), self.clock.now)


def _ring(bearing: np.ndarray, distance: np.ndarray, height: float) -> np.ndarray:
    x = LIDAR_AHEAD + distance * np.cos(bearing)
    return np.stack((x, distance * np.sin(bearing), np.full_like(x, height)), axis=1)


def run(
    pilot: Pilot,
    walker: Walker,
    seconds: float,
    *,
    until: Callable[[], bool] = lambda: False,
    heard: tuple[str, ...] = (),
) -> bool:
    """Steps pilot and robot at 50 Hz; returns whether `until` came true before the time was up."""
    for _ in range(round(seconds / PERIOD)):
        walker.clock.now += PERIOD
        walker.advance(PERIOD)
        for source in heard:
            pilot.watchdog.heard(source, walker.clock.now)
        pilot.step(walker.clock.now)
        if until():
            return True
    return False
