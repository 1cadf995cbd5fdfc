"""One process of the stack: started, watched, stopped, with everything it started itself."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import psutil

from specedge.orphans import dies_with_parent
from specedge.stack.events import ChildExited, ChildReady, Events

GRACE_BEFORE_TERMINATE_S = 6.0
GRACE_BEFORE_KILL_S = 2.0
GRACE_OF_DESCENDANTS_S = 3.0


class Child:
    """A running process in a session of its own, so that a Ctrl-C reaches only the supervisor.

    Must be made by the main thread: the kernel sends the parent-death signal when the *thread*
    that started the process ends.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        events: Events,
        ready_line: str = "",
    ) -> None:
        self.name = name
        self.log = log
        self._events = events
        self._ready_line = ready_line.encode()
        with log.open("ab", buffering=0) as errors:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                preexec_fn=dies_with_parent(),
            )
        self._reader = threading.Thread(target=self._read, name=f"{name}-output", daemon=True)
        self._waiter = threading.Thread(target=self._wait, name=f"{name}-end", daemon=True)
        self._reader.start()
        self._waiter.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._waiter.is_alive()

    def stop(self) -> None:
        """Asks with SIGINT, then SIGTERM, then kills; returns when nothing of it is left."""
        descendants = self._descendants()
        for number, grace in (
            (signal.SIGINT, GRACE_BEFORE_TERMINATE_S),
            (signal.SIGTERM, GRACE_BEFORE_KILL_S),
            (signal.SIGKILL, None),
        ):
            if not self.running:
                break
            descendants |= self._descendants()
            self._process.send_signal(number)
            self._waiter.join(grace)
        # A driver whose node died stops the robot first, so it gets a moment of its own.
        _, alive = psutil.wait_procs(list(descendants), timeout=GRACE_OF_DESCENDANTS_S)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=GRACE_BEFORE_KILL_S)
        self._reader.join(GRACE_BEFORE_KILL_S)

    def _descendants(self) -> set[psutil.Process]:
        try:
            return set(psutil.Process(self.pid).children(recursive=True))
        except psutil.Error:
            return set()

    def _read(self) -> None:
        output: IO[bytes] | None = self._process.stdout
        assert output is not None
        with output, self.log.open("ab", buffering=0) as log:
            for line in output:
                log.write(line)
                if self._ready_line and self._ready_line in line:
                    self._events.put(ChildReady(self.name))

    def _wait(self) -> None:
        self._events.put(ChildExited(self.name, self._process.wait()))


def last_line(log: Path) -> str:
    """Returns the last line of a log with something in it, or an empty text."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
