"""What the controller knows of the robot and may ask of it, whatever carries it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from specedge.motion.velocity import BodyVelocity
from specedge.robot.scan import Scan
from specedge.robot.stillness import is_still


@dataclass(frozen=True)
class RobotSample:
    """One report of the robot, in REP-105 odom.

    Attributes:
        received: When it arrived, in seconds of the steady clock.
        x: m.
        y: m.
        yaw: rad.
        vx: m/s, along the body's x.
        vy: m/s, along the body's y.
        yaw_rate: rad/s.
        state_code: What the sport service says it is doing (see `specedge.motion.readiness`).
        z: m, of the base above the plane of the odometry.
        roll: rad.
        pitch: rad, positive when it looks down.
    """

    received: float
    x: float
    y: float
    yaw: float
    vx: float
    vy: float
    yaw_rate: float
    state_code: int
    z: float = 0.0
    roll: float = 0.0
    pitch: float = 0.0

    @property
    def place(self) -> tuple[float, float, float]:
        """Where it is in odom: m, m, rad."""
        return self.x, self.y, self.yaw

    @property
    def still(self) -> bool:
        """Whether the robot stands still; false when its speed is no number."""
        return is_still(self.vx, self.vy, self.yaw_rate)


class Robot(Protocol):
    """The one way to a robot, real or simulated."""

    def latest(self) -> RobotSample | None:
        """Returns the newest report, or None before the first."""

    def scan(self) -> Scan | None:
        """Returns the lidar's newest scan, or None before the first."""

    def move(self, velocity: BodyVelocity, deadline: float) -> None:
        """Sends a velocity, to be dropped when it arrives after the deadline (steady clock)."""

    def call(self, name: str) -> None:
        """Asks for a skill by its name, such as ``stop_move``; returns without waiting."""

    def take_refusals(self) -> tuple[str, ...]:
        """Returns and forgets what the robot said of skills that it would not do."""

    def release(self) -> None:
        """Has the robot stopped once, and leaves it to somebody else who drives it."""

    def fault(self) -> str:
        """Returns why the robot cannot be reached, or an empty text when it can."""
