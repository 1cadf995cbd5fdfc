"""A node: a name in the graph, with parameters, endpoints, services and timers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from specedge.ros.cyclone import names, qos
from specedge.ros.cyclone.clock import Clock, SteadyClock
from specedge.ros.cyclone.context import Context, default_context
from specedge.ros.cyclone.endpoints import GuardCondition, Publisher, QosWatch, Subscription, Timer
from specedge.ros.cyclone.graph import NodeEntry
from specedge.ros.cyclone.logging import Logger
from specedge.ros.cyclone.parameters import Parameter, ParameterTable
from specedge.ros.cyclone.services import Client, Service
from specedge.ros.cyclone.types import Message
from specedge.ros.cyclone.waiting import Waitable
from specedge.ros.errors import WrongMessageType

if TYPE_CHECKING:
    from specedge.ros.cyclone.executor import SingleThreadedExecutor


class Node:
    """The part of rclpy.node.Node that specedge's nodes use."""

    def __init__(
        self,
        node_name: str,
        *,
        context: Context | None = None,
        namespace: str | None = None,
        parameter_overrides: Sequence[Parameter] = (),
    ) -> None:
        self._context = context = context or default_context()
        given = context.arguments.remappings
        self._name = names.check_node_name(given.get("__node", node_name))
        self._namespace = names.check_namespace(given.get("__ns", namespace or "/"))
        self._logger = Logger(self._name, context.arguments.level(self._name))
        overrides = context.arguments.parameters(self.get_fully_qualified_name())
        overrides.update({parameter.name: parameter.value for parameter in parameter_overrides})
        self._parameters = ParameterTable(self._name, overrides)
        self._lock = threading.RLock()
        self._publishers: list[Publisher] = []
        self._subscriptions: list[Subscription] = []
        self._services: list[Service] = []
        self._clients: list[Client] = []
        self._guards: list[GuardCondition] = []
        self._watches: dict[Publisher | Subscription, QosWatch] = {}
        self.timers: tuple[Timer, ...] = ()
        self.waitables: tuple[Waitable, ...] = ()
        self.executor: SingleThreadedExecutor | None = None
        context.participant()
        self._changed()

    def get_name(self) -> str:
        return self._name

    def get_fully_qualified_name(self) -> str:
        return f"{self._namespace.rstrip('/')}/{self._name}"

    def get_logger(self) -> Logger:
        return self._logger

    def get_clock(self) -> Clock:
        return Clock()

    @property
    def context(self) -> Context:
        return self._context

    def declare_parameter(self, name: str, value: Any = None, descriptor: Any = None) -> Parameter:
        """See ParameterTable.declare."""
        return self._parameters.declare(name, value, descriptor)

    def get_parameter(self, name: str) -> Parameter:
        return self._parameters.get(name)

    def set_parameters(self, parameters: Sequence[Parameter]) -> list[Any]:
        return self._parameters.set(parameters)

    def resolve_topic_name(self, topic: str) -> str:
        """Returns the absolute name of a topic after remapping."""
        return self._resolve(topic)

    def create_publisher(
        self, msg_type: Any, topic: str, qos_profile: qos.QoSProfile | int
    ) -> Publisher:
        """Raises InvalidName for the topic, WrongMessageType for what is no message class."""
        interface = _message_interface(msg_type, topic)
        profile = qos.profile(qos_profile)
        made = Publisher(self._context, interface, self._resolve(topic), profile, self._logger)
        return self._add(self._publishers, made)

    def create_subscription(
        self,
        msg_type: Any,
        topic: str,
        callback: Callable[[Any], None],
        qos_profile: qos.QoSProfile | int,
        *,
        raw: bool = False,
    ) -> Subscription:
        """With `raw`, calls back with a message's bytes as they came, encapsulation included.

        Raises InvalidName for the topic, WrongMessageType for what is no message class.
        """
        interface = _message_interface(msg_type, topic)
        profile = qos.profile(qos_profile)
        made = Subscription(
            self._context,
            interface,
            msg_type,
            self._resolve(topic),
            callback,
            profile,
            self._logger,
            raw,
        )
        return self._add(self._subscriptions, made)

    def create_service(
        self, srv_type: Any, srv_name: str, callback: Callable[[Any, Any], Any]
    ) -> Service:
        """Raises InvalidName for the name, WrongMessageType for what is no service type."""
        _check_service(srv_type, srv_name)
        name = self._resolve(srv_name)
        made = Service(self._context, srv_type, name, callback, self._logger)
        return self._add(self._services, made)

    def create_client(self, srv_type: Any, srv_name: str) -> Client:
        """Raises InvalidName for the name, WrongMessageType for what is no service type."""
        _check_service(srv_type, srv_name)
        made = Client(self._context, srv_type, self._resolve(srv_name), self._logger)
        return self._add(self._clients, made)

    def create_timer(
        self,
        timer_period_sec: float,
        callback: Callable[[], None],
        *,
        clock: SteadyClock | None = None,
    ) -> Timer:
        # All timers are steady here, as there is no simulated time.
        timer = Timer(timer_period_sec, callback)
        with self._lock:
            self.timers += (timer,)
        self._wake()
        return timer

    def create_guard_condition(self, callback: Callable[[], None]) -> GuardCondition:
        return self._add(self._guards, GuardCondition(self._context, callback))

    def destroy_publisher(self, publisher: Publisher) -> bool:
        return self._remove(self._publishers, publisher)

    def destroy_subscription(self, subscription: Subscription) -> bool:
        return self._remove(self._subscriptions, subscription)

    def destroy_service(self, service: Service) -> bool:
        return self._remove(self._services, service)

    def destroy_client(self, client: Client) -> bool:
        return self._remove(self._clients, client)

    def destroy_timer(self, timer: Timer) -> bool:
        timer.cancel()
        with self._lock:
            known = timer in self.timers
            self.timers = tuple(other for other in self.timers if other is not timer)
        return known

    def destroy_node(self) -> None:
        """Takes the node out of the graph with all it has. Harmless if repeated."""
        for timer in self.timers:
            self.destroy_timer(timer)
        if self.executor is not None:
            self.executor.remove_node(self)
        with self._lock:
            for kind in self._kinds():
                for entity in tuple(kind):
                    entity.destroy()
                kind.clear()
            self._watches.clear()
            self.waitables = ()
        self._context.announce(self, None)

    def _kinds(self) -> tuple[list[Any], ...]:
        return (
            self._publishers,
            self._subscriptions,
            self._services,
            self._clients,
            self._guards,
        )

    def _add(self, kind: list[Any], made: Any) -> Any:
        with self._lock:
            kind.append(made)
            if isinstance(made, (Publisher, Subscription)):
                self._watches[made] = QosWatch(made, self._logger)
            self._changed()
        return made

    def _remove(self, kind: list[Any], entity: Any) -> bool:
        with self._lock:
            if entity not in kind:
                return False
            kind.remove(entity)
            self._watches.pop(entity, None)
            self._changed()
            entity.destroy()
        return True

    def _changed(self) -> None:
        with self._lock:
            receiving = (self._subscriptions, self._services, self._clients, self._guards)
            self.waitables = (
                *(entity for kind in receiving for entity in kind),
                *self._watches.values(),
            )
            sides: list[Service | Client] = [*self._services, *self._clients]
            self._context.announce(
                self,
                NodeEntry(
                    self._name,
                    self._namespace,
                    readers=(
                        *(entity.reader for entity in self._subscriptions),
                        *(entity.endpoints.reader for entity in sides),
                    ),
                    writers=(
                        *(entity.writer for entity in self._publishers),
                        *(entity.endpoints.writer for entity in sides),
                    ),
                ),
            )
        self._wake()

    def _wake(self) -> None:
        if self.executor is not None:
            self.executor.wake()

    def _resolve(self, name: str) -> str:
        """Expands a name and applies the remappings, which are meant for expanded names."""
        expanded = names.expand(name, self._name, self._namespace)
        for old, new in self._context.arguments.remappings.items():
            is_name = not old.startswith("__")
            if is_name and names.expand(old, self._name, self._namespace) == expanded:
                return names.expand(new, self._name, self._namespace)
        return expanded


def _message_interface(message_class: Any, topic: str) -> str:
    if not (isinstance(message_class, type) and issubclass(message_class, Message)):
        raise WrongMessageType(
            f"{topic} needs a message class, not {message_class!r}; "
            "import it from specedge.ros.messages"
        )
    return message_class.INTERFACE


def _check_service(service: Any, name: str) -> None:
    if not hasattr(service, "Request") or not hasattr(service, "INTERFACE"):
        raise WrongMessageType(
            f"{name} needs a service type, not {service!r}; import it from specedge.ros.messages"
        )
