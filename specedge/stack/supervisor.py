"""Starts the processes of the stack in order, notices when one ends, and stops them all."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from specedge.stack.child import Child, last_line
from specedge.stack.description import Process
from specedge.stack.errors import ChildDied, NotReady, StackError
from specedge.stack.events import ChildExited, ChildReady, Event, Events, Interrupted

Progress = Callable[[str, str], None]
"""Called with a process and ``starting``, ``ready`` or ``stopped``."""


class Stopped(StackError):
    """Somebody interrupted the stack while it came up."""


class Supervisor:
    """Owns the processes of one run; a context manager that leaves nothing running.

    Args:
        processes: What to run, in an order in which it may start.
        logs: Folder for one log per process.
        environment: Of every process; each process adds its own.
        events: Where ends and readiness are told.
        progress: Told what comes up and goes down.
    """

    def __init__(
        self,
        processes: Iterable[Process],
        *,
        logs: Path,
        environment: Mapping[str, str],
        events: Events,
        progress: Progress = lambda name, state: None,
    ) -> None:
        self._processes = {process.name: process for process in processes}
        self._logs = logs
        self._environment = environment
        self._events = events
        self._progress = progress
        self._children: dict[str, Child] = {}
        self._deadlines: dict[str, float] = {}
        self._ready: set[str] = set()

    def __enter__(self) -> Supervisor:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def children(self) -> Mapping[str, Child]:
        """The processes started so far, by name."""
        return self._children

    def bring_up(self, is_ready: Callable[[Event], Iterable[str]]) -> None:
        """Starts everything, each after what it needs; returns when all are ready.

        Args:
            is_ready: Told each event; returns the processes that it shows to be ready.

        Raises:
            ChildDied: a process ended meanwhile.
            NotReady: a process took longer than its deadline.
            Stopped: an interrupt arrived.
        """
        self._start_what_can()
        while waiting := [name for name in self._children if name not in self._ready]:
            event = self.next_event(min(self._deadlines[name] for name in waiting))
            if event is None:
                self._too_late(waiting)
                continue
            if isinstance(event, Interrupted):
                raise Stopped("interrupted while the stack came up")
            for name in is_ready(event):
                self._mark_ready(name)

    def next_event(self, deadline: float) -> Event | None:
        """Waits for an event until a time of the monotonic clock; None when none came.

        Raises:
            ChildDied: a process ended.
        """
        try:
            event = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None
        if isinstance(event, ChildReady):
            self._mark_ready(event.name)
        if isinstance(event, ChildExited):
            raise self._death(event)
        return event

    def close(self) -> None:
        """Stops every process, each before what it needs; returns when nothing is left."""
        while self._children:
            needed = {name for child in self._children for name in self._processes[child].after}
            wave = [name for name in self._children if name not in needed]
            threads = [
                threading.Thread(target=self._children[name].stop, name=f"stop-{name}")
                for name in wave
            ]
            for thread in threads:
                thread.start()
            for name, thread in zip(wave, threads, strict=True):
                thread.join()
                del self._children[name]
                self._progress(name, "stopped")

    def _mark_ready(self, name: str) -> None:
        if name in self._children and name not in self._ready:
            self._ready.add(name)
            self._progress(name, "ready")
            self._start_what_can()

    def _start_what_can(self) -> None:
        for process in self._processes.values():
            known = [name for name in process.after if name in self._processes]
            if process.name not in self._children and self._ready.issuperset(known):
                self._start(process)

    def _start(self, process: Process) -> None:
        self._progress(process.name, "starting")
        self._children[process.name] = Child(
            process.name,
            process.command(),
            environment={**self._environment, **process.environment},
            log=self._logs / f"{process.name}.log",
            events=self._events,
            ready_line=process.ready_line,
        )
        self._deadlines[process.name] = time.monotonic() + process.deadline

    def _too_late(self, waiting: list[str]) -> None:
        now = time.monotonic()
        for name in waiting:
            if self._deadlines[name] <= now:
                seconds = self._processes[name].deadline
                raise NotReady(
                    f"{name} was not ready within {seconds:.0f} s; "
                    f"{_hint(self._children[name].log)}"
                )

    def _death(self, event: ChildExited) -> ChildDied:
        how = f"exit code {event.code}" if event.code >= 0 else f"signal {-event.code}"
        log = self._logs / f"{event.name}.log"
        return ChildDied(event.name, event.code, f"{event.name} ended ({how}); {_hint(log)}")


def _hint(log: Path) -> str:
    last = last_line(log)
    return f"last words: {last.removeprefix('specedge: ')} (log: {log})" if last else f"log: {log}"
