"""The robot behind the driver process, as the pilot sees it."""

from __future__ import annotations

from specedge.motion.robot import RobotSample
from specedge.motion.velocity import BodyVelocity
from specedge.robot.link import DriverLink
from specedge.robot.scan import Scan


class DriverRobot:
    """A `specedge.motion.robot.Robot` at the other end of a `DriverLink`."""

    def __init__(self, link: DriverLink) -> None:
        self._link = link

    def latest(self) -> RobotSample | None:
        """Returns the newest report."""
        state = self._link.latest()
        if state is None:
            return None
        return RobotSample(
            received=state.received,
            x=state.x,
            y=state.y,
            yaw=state.yaw,
            vx=state.vx,
            vy=state.vy,
            yaw_rate=state.yaw_rate,
            state_code=state.state_code,
            z=state.z,
            roll=state.roll,
            pitch=state.pitch,
        )

    def scan(self) -> Scan | None:
        """Returns the lidar's newest scan."""
        return self._link.scan()

    def move(self, velocity: BodyVelocity, deadline: float) -> None:
        """Sends a velocity."""
        self._link.move(velocity.x, velocity.y, velocity.yaw_rate, deadline)

    def call(self, name: str) -> None:
        """Asks for a skill; what comes of it shows in the robot's state, or as a refusal."""
        self._link.call(name)

    def take_refusals(self) -> tuple[str, ...]:
        """Returns which skills failed since the last time."""
        return tuple(map(str, self._link.take_failures()))

    def release(self) -> None:
        """Has the robot stopped once, and leaves it to somebody else."""
        self._link.release()

    def fault(self) -> str:
        """Returns why the robot cannot be reached."""
        fault = self._link.fault()
        return f"driver: {fault}" if fault else ""
