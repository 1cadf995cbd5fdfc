"""The motion controller's end of the pipe to the driver process; imports no SDK."""

from __future__ import annotations

import threading
from collections import deque

from specedge.robot import messages
from specedge.robot.child import FramedChild
from specedge.robot.errors import LinkClosed
from specedge.robot.messages import (
    Call,
    CallFailed,
    Close,
    Fault,
    Heartbeat,
    Release,
    RemoteMoved,
    RobotState,
    Velocity,
)
from specedge.robot.scan import Scan

__all__ = [
    "Call",
    "Close",
    "DriverLink",
    "Fault",
    "Heartbeat",
    "RemoteMoved",
    "RobotState",
    "Velocity",
]

DRIVER = "specedge.robot.driver"
FAILURES_KEPT = 64
"""Of failed calls that nobody has asked for."""


class DriverLink:
    """A driver process of our own; may be used from several threads.

    Sending never blocks and never raises: what keeps commands from the robot is told by `fault`.

    Args:
        domain: DDS domain of the robot.
        network_interface: Interface that the robot is on; empty for the configured one.
        avoid_obstacles: Whether to drive through the Go2's own obstacle avoidance.
        remote_deadband: How far a stick of the Go2's remote control, -1 to 1, may lie from its
            middle and count as let go.
        lidar: Whether to listen to the robot's lidar.
    """

    def __init__(
        self,
        *,
        domain: int = 0,
        network_interface: str = "",
        avoid_obstacles: bool = False,
        remote_deadband: float = messages.REMOTE_DEADBAND,
        lidar: bool = False,
    ) -> None:
        self._changed = threading.Condition()
        self._state: RobotState | None = None
        self._scan: Scan | None = None
        self._remote: RemoteMoved | None = None
        self._failures: deque[CallFailed] = deque(maxlen=FAILURES_KEPT)
        self._fault = ""
        self._unsent = ""
        self._ended = ""
        arguments = ["--domain", str(domain), "--network-interface", network_interface]
        arguments += ["--remote-deadband", str(remote_deadband)]
        if avoid_obstacles:
            arguments.append("--avoid-obstacles")
        if lidar:
            arguments.append("--lidar")
        self._child = FramedChild(
            DRIVER,
            arguments,
            on_frame=self._take,
            on_end=self._end,
        )

    @property
    def pid(self) -> int:
        """Number of the driver process."""
        return self._child.pid

    def latest(self) -> RobotState | None:
        """Returns the newest report of the robot, or None before the first."""
        with self._changed:
            return self._state

    def scan(self) -> Scan | None:
        """Returns the lidar's newest scan, or None before the first."""
        with self._changed:
            return self._scan

    def remote(self) -> RemoteMoved | None:
        """Returns the newest use of the robot's own remote control, or None before the first."""
        with self._changed:
            return self._remote

    def fault(self) -> str:
        """Returns why the robot cannot be reached, or an empty text when it can."""
        with self._changed:
            return self._ended or self._unsent or self._fault

    def move(self, x: float, y: float, yaw_rate: float, deadline: float) -> None:
        """Sends a velocity (m/s forward, m/s left, rad/s left), void after the deadline.

        Args:
            x: m/s.
            y: m/s.
            yaw_rate: rad/s.
            deadline: Seconds of the steady clock.

        Raises:
            ValueError: one of them is not finite.
        """
        self._send(Velocity(x, y, yaw_rate, deadline))

    def release(self) -> None:
        """Has the robot stopped once, and leaves it to somebody else who drives it."""
        self._send(Release())

    def call(self, name: str) -> None:
        """Asks for one of `specedge.robot.messages.CALLS`; tells by `take_failures` if it fails.

        Raises:
            ValueError: there is no such call.
        """
        if name not in messages.CALLS:
            raise ValueError(f"{name!r} is none of {', '.join(messages.CALLS)}")
        self._send(Call(name))

    def take_failures(self) -> tuple[CallFailed, ...]:
        """Returns and forgets the calls that failed, oldest first."""
        with self._changed:
            failures = tuple(self._failures)
            self._failures.clear()
            return failures

    def wait_for_state(self, timeout: float) -> bool:
        """Waits for the robot's first report; returns whether there is one."""
        with self._changed:
            self._changed.wait_for(lambda: self._state is not None or self._ended, timeout)
            return self._state is not None

    def close(self) -> None:
        """Has the robot stopped and the driver ended; returns when it is gone."""
        self._send(Close())
        self._child.close()

    def __enter__(self) -> DriverLink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, message: messages.Down) -> None:
        unsent = ""
        try:
            self._child.send(messages.encode(message))
        except LinkClosed as error:
            unsent = str(error)
        with self._changed:
            self._unsent = unsent

    def _take(self, payload: bytes) -> None:
        message = messages.decode_up(payload)
        with self._changed:
            if isinstance(message, RobotState):
                self._state = message
            elif isinstance(message, Scan):
                self._scan = message
            elif isinstance(message, CallFailed):
                self._failures.append(message)
            elif isinstance(message, Fault):
                self._fault = message.text
            elif isinstance(message, RemoteMoved):
                self._remote = message
            self._changed.notify_all()

    def _end(self, reason: str) -> None:
        with self._changed:
            self._ended = reason
            self._changed.notify_all()
