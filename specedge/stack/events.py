"""What the main thread of a run waits for; everything arrives through one queue."""

from __future__ import annotations

import queue
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from specedge.signals import ending


@dataclass(frozen=True)
class ChildReady:
    """A process said that it is ready."""

    name: str


@dataclass(frozen=True)
class ChildExited:
    """A process ended; ``code`` is negative for a signal."""

    name: str
    code: int


@dataclass(frozen=True)
class Heard:
    """A message arrived on a topic."""

    topic: str
    message: Any


@dataclass(frozen=True)
class Interrupted:
    """Somebody asked this process to end."""

    signal: int


Event = ChildReady | ChildExited | Heard | Interrupted
Events = queue.SimpleQueue[Event]


@contextmanager
def interruptions(events: Events) -> Iterator[None]:
    """Turns the signals that end a process into events while the block runs; main thread only."""

    def tell(number: int, _: object) -> None:
        events.put(Interrupted(number))  # SimpleQueue.put may be re-entered by a handler

    numbers = ending()
    before = [signal.signal(number, tell) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
