"""The camera node's end of the pipe to the camera process; imports no SDK."""

from __future__ import annotations

import threading
import time

from specedge.robot.camera_messages import CameraFrame, decode
from specedge.robot.child import FramedChild

__all__ = ["CameraFrame", "CameraLink"]

PROCESS = "specedge.robot.camera_process"
GRACE = 1.5
"""Seconds for the process to end by itself: a call that goes unanswered takes one of them."""
SILENT_AFTER = 1.0
"""Seconds without a frame after which the camera counts as silent; a Go2 sends 5 to 8 a second."""


class CameraLink:
    """The Go2's video service, real or simulated, through a process of our own.

    Args:
        domain: DDS domain of the robot.
        network_interface: Interface that the robot is on; empty for the configured one.
        rate: Frames per second to ask for at most.
    """

    def __init__(
        self,
        *,
        domain: int = 0,
        network_interface: str = "",
        rate: float = 10.0,
    ) -> None:
        self._changed = threading.Condition()
        self._newest: CameraFrame | None = None
        self._heard = time.monotonic()
        self._fault = ""
        self._ended = ""
        self._child = FramedChild(
            PROCESS,
            [
                "--domain",
                str(domain),
                "--network-interface",
                network_interface,
                "--rate",
                str(rate),
            ],
            on_frame=self._take,
            on_end=self._end,
            grace=GRACE,
        )

    @property
    def pid(self) -> int:
        """Number of the camera process."""
        return self._child.pid

    def newest(self) -> CameraFrame | None:
        """Returns the newest frame, or None before the first."""
        with self._changed:
            return self._newest

    def next(self, after: CameraFrame | None, timeout: float) -> CameraFrame | None:
        """Returns the newest frame once there is one other than `after`, or None.

        Args:
            after: What the last call returned.
            timeout: Seconds to wait.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not after or bool(self._ended), timeout)
            return None if self._newest is after else self._newest

    def fault(self) -> str:
        """Returns why no frames come, or an empty text while they do."""
        with self._changed:
            silence = time.monotonic() - self._heard
            if self._ended:
                return self._ended
            if silence < SILENT_AFTER:
                return ""
            return f"no frame for {silence:.1f} s" + (f": {self._fault}" if self._fault else "")

    def close(self) -> None:
        """Ends the process and waits until it is gone."""
        self._child.close()

    def __enter__(self) -> CameraLink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, payload: bytes) -> None:
        message = decode(payload)
        with self._changed:
            if isinstance(message, CameraFrame):
                self._newest = message
                self._heard = time.monotonic()
                self._fault = ""
            else:
                self._fault = message.text
            self._changed.notify_all()

    def _end(self, reason: str) -> None:
        with self._changed:
            self._ended = reason
            self._changed.notify_all()
