"""The one thread that drives the robot: the SDK's Move blocks while nobody listens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from specedge.robot.codes import ReturnCode
from specedge.robot.dead_man import DEAD_MAN, UNCONFIRMED_AFTER, DeadMan, Stop
from specedge.robot.messages import RobotState, Velocity


class MotionPort(Protocol):
    """The calls that move and stop; each may block for the SDK's timeout."""

    def move(self, x: float, y: float, yaw_rate: float) -> int:
        """Sends a velocity and returns a `ReturnCode`."""

    def stop(self) -> int:
        """Sends StopMove and returns a `ReturnCode`."""

    def rest(self) -> None:
        """Leaves the robot to others until the next move."""


class MotionWriter:
    """Passes velocities on as they come, and stops the robot when they cease.

    Args:
        port: Where velocities and stops go; used by this object's thread alone.
        latest: Returns the newest report of the robot.
        on_fault: Told why the robot does not obey, and an empty text when that has passed.
        dead_man: Seconds without a new velocity after which the robot is stopped.
    """

    def __init__(
        self,
        port: MotionPort,
        latest: Callable[[], RobotState | None],
        on_fault: Callable[[str], None],
        *,
        dead_man: float = DEAD_MAN,
    ) -> None:
        self._port = port
        self._latest = latest
        self._on_fault = on_fault
        self._changed = threading.Condition()
        self._dead_man = DeadMan(dead_man)
        self._closing = threading.Event()
        self._ended = threading.Event()
        self._fault = ""
        self._thread = threading.Thread(target=self._run, name="motion writer")

    def start(self) -> None:
        """Begins to drive."""
        self._thread.start()

    def drive(self, velocity: Velocity) -> None:
        """Takes a velocity; only the newest counts, and none while closing."""
        with self._changed:
            if not self._closing.is_set():
                self._dead_man.drive(velocity)
                self._changed.notify_all()

    def stop(self) -> None:
        """Stops the robot, even when it is not known to move."""
        with self._changed:
            self._dead_man.stop()
            self._changed.notify_all()

    def release(self) -> None:
        """Stops the robot once, whatever comes of it, and leaves it to others."""
        with self._changed:
            self._dead_man.release()
            self._changed.notify_all()

    def close(self, patience: float) -> bool:
        """Stops the robot and ends the thread.

        Args:
            patience: Seconds to wait for the robot to report that it is still.

        Returns:
            Whether it did.
        """
        self._closing.set()
        with self._changed:
            self._dead_man.stop_if_moving()
            self._changed.notify_all()
            confirmed = self._changed.wait_for(lambda: self._dead_man.at_rest, patience)
            self._ended.set()
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        return confirmed

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work, self._dead_man.due(time.monotonic()))
                if self._ended.is_set():
                    return
                now = time.monotonic()
                order = self._dead_man.next(now, self._latest())
                unconfirmed = self._dead_man.unconfirmed(now)
                at_rest = self._dead_man.at_rest
                self._changed.notify_all()
            self._tell(self._attempt(order), unconfirmed, at_rest)
            if at_rest:
                self._rest()

    def _has_work(self) -> bool:
        return self._ended.is_set() or self._dead_man.due(time.monotonic()) == 0.0

    def _attempt(self, order: Velocity | Stop | None) -> str | None:
        """Returns why an order failed, an empty text when it did not, None where there was none."""
        if order is None:
            return None
        try:
            code = self._send(order)
        except Exception as error:
            # Of the SDK; a thread that ended with it could stop the robot no more.
            return f"the Go2's SDK failed: {error!r}"
        if code == ReturnCode.SEND_FAILED:
            return "no sport service listens on this network; is the robot on and connected?"
        return f"the sport service returned {code}" if code else ""

    def _rest(self) -> None:
        try:
            self._port.rest()
        except Exception as error:
            self._tell(f"the Go2's SDK failed: {error!r}", unconfirmed=False, at_rest=False)

    def _send(self, order: Velocity | Stop) -> int:
        if isinstance(order, Velocity):
            return self._port.move(order.x, order.y, order.yaw_rate)
        return self._port.stop()

    def _tell(self, failure: str | None, unconfirmed: bool, at_rest: bool) -> None:
        fault = "" if at_rest else self._fault
        if failure is not None:
            fault = failure
        if unconfirmed:
            fault = f"the robot still moves {UNCONFIRMED_AFTER:g} s after the first StopMove"
        if fault != self._fault:
            self._fault = fault
            self._on_fault(fault)
