"""A child process that talks in frames over its standard input and output."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from specedge.robot.errors import LinkClosed, MessageMalformed
from specedge.robot.framing import FrameReader, frame

GRACE = 4.0
"""Seconds for a child that may have a robot to stop to end, before it is terminated."""
GRACE_AFTER_SIGNAL = 1.0
"""Seconds from there until it is killed."""


class FramedChild:
    """Starts ``python -m module`` and hands each of its frames to a function.

    The child's standard error stays this process's own, so that what it logs is seen.

    Args:
        module: What to run.
        arguments: What follows the module.
        on_frame: Called with each payload, in a thread of this object.
        on_end: Called once, in the same thread, when the child tells no more.
        grace: Seconds that `close` leaves it before it is terminated.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        on_frame: Callable[[bytes], None],
        on_end: Callable[[str], None],
        grace: float = GRACE,
    ) -> None:
        self._module = module
        self._grace = grace
        self._on_frame = on_frame
        self._on_end = on_end
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input = self._process.stdin
        self._output = self._process.stdout
        # A child that hangs must not hang its parent: a full pipe refuses instead.
        descriptor = self._input.fileno()
        fcntl.fcntl(
            descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_NONBLOCK
        )
        self._send_lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, name=f"{module} link")
        self._thread.start()

    @property
    def pid(self) -> int:
        """Number of the child process."""
        return self._process.pid

    def send(self, payload: bytes) -> None:
        """Sends one small payload without blocking.

        Raises:
            LinkClosed: the child has ended, or has not read for long.
        """
        with self._send_lock:
            try:
                # At most PIPE_BUF bytes, so that the kernel takes all of it or nothing.
                os.write(self._input.fileno(), frame(payload))
            except BlockingIOError as error:
                raise LinkClosed(f"{self._module} does not read what it is sent") from error
            except (OSError, ValueError) as error:
                raise LinkClosed(f"{self._module} has ended; its log says why") from error

    def close(self) -> None:
        """Ends the child, and waits until it is gone."""
        with self._send_lock:
            self._input.close()
        for number, grace in (
            (None, self._grace),
            (signal.SIGTERM, GRACE_AFTER_SIGNAL),
            (signal.SIGKILL, None),
        ):
            if number is not None:
                self._process.send_signal(number)
            try:
                self._process.wait(grace)
                break
            except subprocess.TimeoutExpired:
                continue
        self._thread.join()
        self._output.close()

    def _read(self) -> None:
        reason = f"{self._module} has ended; its log says why"
        frames = FrameReader(self._output.fileno())
        try:
            while (payload := frames.read()) is not None:
                self._on_frame(payload)
        except (MessageMalformed, OSError) as error:
            reason = str(error)
        self._on_end(reason)
