"""The driver's one writer to its standard output, so that a slow reader blocks nothing else."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from specedge.robot.framing import frame, write_all
from specedge.robot.messages import (
    CallFailed,
    Fault,
    Heartbeat,
    RemoteMoved,
    RobotState,
    Up,
    encode,
)
from specedge.robot.scan import Scan

REPORT_PERIOD = 0.01
"""Seconds between two reports; a Go2 sends three times as many, of which the newest counts."""
HEARTBEAT_PERIOD = 0.1
"""Seconds without anything to tell after which a heartbeat is sent."""


class Outbox:
    """Tells the parent the newest report and scan, and every failed call, fault and remote's use.

    Args:
        descriptor: Where frames go.
        on_broken: Called once when the parent is gone.
    """

    def __init__(self, descriptor: int, on_broken: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._on_broken = on_broken
        self._news: queue.SimpleQueue[CallFailed | Fault | RemoteMoved] = queue.SimpleQueue()
        self._state: RobotState | None = None
        self._scan: Scan | None = None
        self._something = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begins to send."""
        self._thread.start()

    def latest(self) -> RobotState | None:
        """Returns the newest report that was put here."""
        return self._state

    def report(self, state: RobotState) -> None:
        """Takes a report, replacing an unsent one; never blocks."""
        self._state = state
        self._something.set()

    def show(self, scan: Scan) -> None:
        """Takes a scan, replacing an unsent one; never blocks."""
        self._scan = scan
        self._something.set()

    def tell(self, message: CallFailed | Fault | RemoteMoved) -> None:
        """Takes a message that must not be lost; never blocks."""
        self._news.put(message)
        self._something.set()

    def close(self) -> None:
        """Sends what is left and ends, unless the parent has not been reading."""
        self._closing.set()
        self._something.set()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        sent: tuple[RobotState | None, Scan | None] = (None, None)
        try:
            while True:
                closing = self._closing.is_set()
                heard = self._something.wait(HEARTBEAT_PERIOD)
                self._something.clear()
                while not self._news.empty():
                    self._send(self._news.get_nowait())
                newest = self._state, self._scan
                fresh = [one for one in newest if one is not None and one not in sent]
                for message in fresh:
                    self._send(message)
                sent = newest
                if not (fresh or heard):
                    self._send(Heartbeat())
                if closing:
                    return
                self._closing.wait(REPORT_PERIOD)
        except OSError:
            self._on_broken()

    def _send(self, message: Up) -> None:
        write_all(self._descriptor, frame(encode(message)))
