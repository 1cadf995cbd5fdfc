"""Listens to the topics of a run in a thread of its own, and tells it its goal."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from specedge.errors import SpecedgeError
from specedge.nodes.topics import (
    COMMAND,
    DIAGNOSTICS,
    GOAL,
    IMAGE,
    MOTION,
    STATUS,
    TOKENS,
    TYPES,
    quality,
)
from specedge.stack.errors import StackError
from specedge.stack.events import Events, Heard

NODE_NAME = "specedge_up"
LISTENED = (COMMAND, STATUS, TOKENS, MOTION, DIAGNOSTICS)
JOINING_S = 20.0
LONGEST_WAIT_S = 0.2
"""How long the thread may take to notice that it is to end."""


class Observer:
    """A node whose messages become events; a context manager that owns its thread.

    Everything of the graph is made, used and taken down in that thread, so that the main thread
    keeps its signals.

    Raises:
        StackError: the graph could not be joined.
    """

    def __init__(self, events: Events) -> None:
        self._events = events
        self._closed = threading.Event()
        self._opened: queue.SimpleQueue[Callable[[str], None] | SpecedgeError] = queue.SimpleQueue()
        self._publish: Callable[[str], None] | None = None
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)

    def __enter__(self) -> Observer:
        self._thread.start()
        try:
            opened = self._opened.get(timeout=JOINING_S)
        except queue.Empty:
            raise StackError("the ROS graph could not be joined; see `specedge doctor`") from None
        if isinstance(opened, SpecedgeError):
            self._thread.join()
            raise opened
        self._publish = opened
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()

    def publish_goal(self, goal: str) -> None:
        """Tells the robot what to do; the goal reaches those who come late, too."""
        assert self._publish is not None
        self._publish(goal)

    def _run(self) -> None:
        from specedge import ros

        try:
            ros.init(args=[])
            node = ros.Node(NODE_NAME)
            publish = self._set_up(node)
        except SpecedgeError as error:
            ros.try_shutdown()
            self._opened.put(error)
            return
        executor = ros.SingleThreadedExecutor()
        executor.add_node(node)
        self._opened.put(publish)
        try:
            while not self._closed.is_set():
                executor.spin_once(timeout_sec=LONGEST_WAIT_S)
        finally:
            executor.shutdown()
            node.destroy_node()
            ros.try_shutdown()

    def _set_up(self, node: Any) -> Callable[[str], None]:
        from specedge import ros
        from specedge.ros.interfaces import interface

        for topic in LISTENED:
            node.create_subscription(
                interface(TYPES[topic]), topic, self._teller(topic), quality(topic)
            )
        frames: list[Any] = []

        def first_frame(_: bytes) -> None:
            self._events.put(Heard(IMAGE, None))
            node.destroy_subscription(frames.pop())

        frames.append(
            node.create_subscription(
                interface(TYPES[IMAGE]), IMAGE, first_frame, quality(IMAGE), raw=True
            )
        )
        text = interface(TYPES[GOAL])
        latched = ros.QoSProfile(depth=1, durability=ros.DurabilityPolicy.TRANSIENT_LOCAL)
        publisher = node.create_publisher(text, GOAL, latched)
        return lambda goal: publisher.publish(text(data=goal))

    def _teller(self, topic: str) -> Callable[[Any], None]:
        return lambda message: self._events.put(Heard(topic, message))
