"""What the nodes of a process share: arguments, the DDS participant, and the wish to end."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache

from cyclonedds.core import DDSException
from cyclonedds.domain import DomainParticipant
from cyclonedds.qos import Policy, Qos
from cyclonedds.topic import Topic

from specedge.ros.cyclone import arguments, entities
from specedge.ros.cyclone.graph import PARTICIPANT_USER_DATA, GraphAnnouncer, NodeEntry
from specedge.ros.cyclone.signals import SignalWatcher
from specedge.ros.domain import domain_id
from specedge.ros.errors import GraphUnavailable


class Context:
    """From init to shutdown. May be initialised again afterwards."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        # No Event: a signal in the midst of another's handler would wait for its lock for ever.
        self._running = False
        self._signals: SignalWatcher | None = None
        self._participant: DomainParticipant | None = None
        self._graph: GraphAnnouncer | None = None
        self._topics: dict[tuple[str, str], Topic] = {}
        self._nodes: dict[object, NodeEntry] = {}
        self._wakers: list[Callable[[], None]] = []
        self.arguments = arguments.RosArguments()

    def init(self, args: Sequence[str] | None = None) -> None:
        """Reads the arguments (those of the process where none are given) and heeds signals.

        Raises:
            BadArguments: the arguments cannot be understood.
            GraphUnavailable: it is initialised already.
        """
        with self._lock:
            if self._running:
                raise GraphUnavailable("init was called twice; call shutdown in between")
            self.arguments = arguments.parse(sys.argv if args is None else args)
            self._running = True
            self._signals = SignalWatcher(self.request_stop)
            self._signals.start()

    def ok(self) -> bool:
        """Returns whether the nodes are to go on."""
        return self._running

    def request_stop(self) -> None:
        """Ends all spinning; entities stay until shutdown. May be called from any thread."""
        self._running = False
        for wake in tuple(self._wakers):
            with contextlib.suppress(DDSException):  # who was to be woken may have gone meanwhile
                wake()

    def shutdown(self) -> None:
        """Leaves the domain. Harmless if repeated."""
        self.request_stop()
        with self._lock:
            if self._signals is not None:
                self._signals.close()
                self._signals = None
            self._nodes.clear()
            if self._graph is not None:
                self._graph.close()
                self._graph = None
            for topic in self._topics.values():
                entities.delete(topic)
            self._topics.clear()
            entities.delete(self._participant)
            self._participant = None
            self._wakers.clear()

    def participant(self) -> DomainParticipant:
        """Returns the participant; the domain is joined when it is first asked for.

        Raises:
            GraphUnavailable: the context is not initialised, or the domain cannot be joined.
        """
        with self._lock:
            if self._participant is None:
                if not self._running:
                    raise GraphUnavailable("there is no running context; call init first")
                self._participant = _join(domain_id())
                self._graph = GraphAnnouncer(self._participant)
            return self._participant

    def topic(self, name: str, interface: str) -> Topic:
        """Returns the DDS topic of a type; one per name and type, whoever uses it."""
        with self._lock:
            key = name, interface
            if key not in self._topics:
                self._topics[key] = entities.make_topic(self.participant(), name, interface)
            return self._topics[key]

    def announce(self, node: object, entry: NodeEntry | None) -> None:
        """Tells the graph what a node has; None when it is gone."""
        with self._lock:
            if entry is None:
                self._nodes.pop(node, None)
            else:
                self._nodes[node] = entry
            if self._graph is not None:
                self._graph.announce(self._nodes.values())

    def add_waker(self, wake: Callable[[], None]) -> None:
        """Has a function called, from any thread, when spinning is to end."""
        self._wakers.append(wake)

    def remove_waker(self, wake: Callable[[], None]) -> None:
        if wake in self._wakers:
            self._wakers.remove(wake)


@lru_cache(maxsize=1)
def default_context() -> Context:
    """Returns the context of all who name none, as rclpy has one."""
    return Context()


def _join(domain: int) -> DomainParticipant:
    qos = Qos(Policy.Userdata(PARTICIPANT_USER_DATA.encode("ascii")))
    try:
        return DomainParticipant(domain, qos=qos)
    except DDSException as error:
        raise GraphUnavailable(
            f"DDS domain {domain} cannot be joined (code {error.code}); check that CYCLONEDDS_URI "
            "names a network interface of this machine, and that fewer processes use the domain "
            "than its MaxAutoParticipantIndex"
        ) from error
