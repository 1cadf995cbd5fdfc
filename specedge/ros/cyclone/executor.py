"""Runs the callbacks of nodes, one after the other, in the thread that spins."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from cyclonedds.core import DDSException, GuardCondition, WaitSet

from specedge.ros.cyclone import entities
from specedge.ros.cyclone.context import Context, default_context
from specedge.ros.cyclone.futures import Future
from specedge.ros.cyclone.waiting import Waitable, nanoseconds

if TYPE_CHECKING:
    from specedge.ros.cyclone.node import Node


class ExternalShutdownException(Exception):
    """The context ended, by a signal or another thread, while an executor was spinning."""


class SingleThreadedExecutor:
    """Waits for all that its nodes have, and calls back. Its nodes share one context."""

    def __init__(self, *, context: Context | None = None) -> None:
        self._context = context = context or default_context()
        self._nodes: list[Node] = []
        self._attached: tuple[Waitable, ...] = ()
        self._ready: deque[Callable[[], None]] = deque()
        self._stopped = threading.Event()
        participant = context.participant()
        self._guard = GuardCondition(participant)
        self._waitset = WaitSet(participant)
        self._waitset.attach(self._guard)
        context.add_waker(self.wake)

    def add_node(self, node: Node) -> bool:
        if node in self._nodes:
            return False
        self._nodes.append(node)
        node.executor = self
        self.wake()
        return True

    def remove_node(self, node: Node) -> None:
        if node in self._nodes:
            self._nodes.remove(node)
            node.executor = None
            self.wake()

    def wake(self) -> None:
        """Has the spinning thread look again at what there is. May be called from any thread."""
        if not self._stopped.is_set():
            self._guard.set(True)

    def spin(self) -> None:
        """Calls back until this executor is shut down.

        Raises:
            ExternalShutdownException: the context ended.
        """
        while not self._stopped.is_set():
            self.spin_once()

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Runs the next callback, waiting for it at most that long (s; None is forever).

        Raises:
            ExternalShutdownException: the context ended.
        """
        callback = self._next(timeout_sec)
        if callback is not None:
            callback()

    def spin_until_future_complete(self, future: Future, timeout_sec: float | None = None) -> None:
        """Calls back until the future is done, at most that long (s; None is forever).

        Raises:
            ExternalShutdownException: the context ended.
        """
        future.add_done_callback(lambda _: self.wake())
        deadline = None if timeout_sec is None else time.monotonic() + timeout_sec
        while not future.done() and not self._stopped.is_set():
            remaining = None if deadline is None else deadline - time.monotonic()
            if remaining is not None and remaining <= 0.0:
                return
            callback = self._next(remaining, until=future.done)
            if callback is not None:
                callback()

    def shutdown(self) -> None:
        """Ends spinning. Harmless if repeated."""
        if self._stopped.is_set():
            return
        self.wake()
        self._stopped.set()
        self._context.remove_waker(self.wake)
        for node in tuple(self._nodes):
            self.remove_node(node)
        entities.delete(self._waitset)
        entities.delete(self._guard)

    def _next(
        self, timeout: float | None, until: Callable[[], bool] = lambda: False
    ) -> Callable[[], None] | None:
        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            if not self._context.ok():
                raise ExternalShutdownException
            if not self._ready:
                self._collect()
            if self._ready:
                return self._ready.popleft()
            due = min([deadline] + [timer.due() for node in self._nodes for timer in node.timers])
            now = time.monotonic()
            if now >= deadline or until() or self._stopped.is_set():
                return None
            self._waitset.wait(nanoseconds(due - now))
            self._guard.take()

    def _collect(self) -> None:
        """Queues one callback of each timer that is due and each entity that has an event."""
        self._attach([waitable for node in self._nodes for waitable in node.waitables])
        now = time.monotonic()
        for taken in (timer.take(now) for node in self._nodes for timer in node.timers):
            if taken is not None:
                self._ready.append(taken)
        for waitable in self._attached:
            callback = waitable.take()
            if callback is not None:
                self._ready.append(callback)

    def _attach(self, wanted: list[Waitable]) -> None:
        if self._attached == tuple(wanted):
            return
        for waitable in self._attached:
            if waitable not in wanted:
                with contextlib.suppress(DDSException):  # it may be gone already
                    self._waitset.detach(waitable.condition)
        for waitable in wanted:
            self._waitset.attach(waitable.condition)
        self._attached = tuple(wanted)
