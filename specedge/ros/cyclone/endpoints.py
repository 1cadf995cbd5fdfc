"""Publishers, subscriptions, guard conditions and timers of a node."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from cyclonedds.core import (
    DDSException,
    DDSStatus,
    Entity,
    InstanceState,
    ReadCondition,
    SampleState,
    ViewState,
)
from cyclonedds.core import (
    GuardCondition as DdsGuardCondition,
)
from cyclonedds.internal import InvalidSample

from specedge.ros.cyclone import entities, names
from specedge.ros.cyclone.context import Context
from specedge.ros.cyclone.graph import type_hash_user_data
from specedge.ros.cyclone.logging import Logger
from specedge.ros.cyclone.qos import QoSProfile, dds_qos
from specedge.ros.cyclone.types import Message
from specedge.ros.errors import GraphUnavailable, MalformedMessage, RosError, WrongMessageType

ANY_SAMPLE = SampleState.Any | ViewState.Any | InstanceState.Any


class Publisher:
    """Sends messages of one type to a topic. May be used from any thread."""

    def __init__(
        self, context: Context, interface: str, topic: str, qos: QoSProfile, logger: Logger
    ) -> None:
        self.topic_name = topic
        self.qos_profile = qos
        self._interface = interface
        self._logger = logger
        self._sample = entities.sample_class(interface)
        self.writer = entities.make_writer(
            context.participant(),
            context.topic(names.dds_topic(topic), interface),
            dds_qos(qos, type_hash_user_data(interface)),
        )
        self._destroyed = threading.Event()

    def publish(self, message: Any) -> None:
        """Sends a message.

        With a reliable reader that does not keep up for 0.1 s, the message is dropped and a
        warning says so.

        Raises:
            WrongMessageType: the message is of another type than the topic.
            WrongFieldValue: the message holds something that cannot be sent.
            GraphUnavailable: the publisher was destroyed.
        """
        if getattr(message, "INTERFACE", None) != self._interface:
            raise WrongMessageType(
                f"{self.topic_name} carries {self._interface}, not "
                f"{getattr(message, 'INTERFACE', type(message).__name__)}"
            )
        if self._destroyed.is_set():
            raise GraphUnavailable(f"the publisher of {self.topic_name} was destroyed")
        try:
            self.writer.write(self._sample(message.serialize()))
        except DDSException as error:
            if self._destroyed.is_set():
                raise GraphUnavailable(
                    f"the publisher of {self.topic_name} was destroyed"
                ) from error
            if error.code != DDSException.DDS_RETCODE_TIMEOUT:
                raise RosError(f"a message to {self.topic_name} was not sent: {error}") from error
            self._logger.warning(
                f"{self.topic_name}: a reliable subscription does not keep up; message dropped",
                throttle_duration_sec=5.0,
            )

    def get_subscription_count(self) -> int:
        """Returns how many subscriptions, in all processes, this publisher reaches."""
        return self.writer.matched()

    def destroy(self) -> None:
        self._destroyed.set()
        entities.delete(self.writer)


class Subscription:
    """Receives messages of one type from a topic."""

    def __init__(
        self,
        context: Context,
        interface: str,
        message_class: type[Message],
        topic: str,
        callback: Callable[[Any], None],
        qos: QoSProfile,
        logger: Logger,
        raw: bool = False,
    ) -> None:
        self.topic_name = topic
        self.qos_profile = qos
        self._raw = raw
        self._class = message_class
        self._callback = callback
        self._logger = logger
        self.reader = entities.make_reader(
            context.participant(),
            context.topic(names.dds_topic(topic), interface),
            dds_qos(qos, type_hash_user_data(interface)),
        )
        self.condition = ReadCondition(self.reader, ANY_SAMPLE)

    def take(self) -> Callable[[], None] | None:
        content = take_one(self.reader)
        if content is None:
            return None
        if self._raw:
            return lambda: self._callback(content)
        try:
            message = self._class.deserialize(content)
        except MalformedMessage as error:
            self._logger.error(
                f"{self.topic_name}: a message was dropped: {error}", throttle_duration_sec=5.0
            )
            return None
        return lambda: self._callback(message)

    def destroy(self) -> None:
        entities.delete(self.condition)
        entities.delete(self.reader)


class QosWatch:
    """Says so when an endpoint elsewhere cannot be matched for its quality of service."""

    def __init__(self, endpoint: Publisher | Subscription, logger: Logger) -> None:
        if isinstance(endpoint, Publisher):
            self.condition: Entity = endpoint.writer
            self._mask = DDSStatus.OfferedIncompatibleQos
            other = "subscription"
        else:
            self.condition = endpoint.reader
            self._mask = DDSStatus.RequestedIncompatibleQos
            other = "publisher"
        self._text = (
            f"{endpoint.topic_name}: a {other} with incompatible reliability or durability was "
            "found; no messages pass between the two"
        )
        self._logger = logger
        self.condition.set_status_mask(self._mask)

    def take(self) -> Callable[[], None] | None:
        if self.condition.take_status(self._mask) == 0:
            return None
        return lambda: void(self._logger.warning(self._text))


class GuardCondition:
    """Has a callback run in the spinning thread when any thread triggers it."""

    def __init__(self, context: Context, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._destroyed = threading.Event()
        self.condition = DdsGuardCondition(context.participant())

    def trigger(self) -> None:
        """May be called from any thread; does nothing once the node is gone."""
        if not self._destroyed.is_set():
            self.condition.set(True)

    def take(self) -> Callable[[], None] | None:
        return self._callback if self.condition.take() else None

    def destroy(self) -> None:
        self._destroyed.set()
        entities.delete(self.condition)


class Timer:
    """Calls back at a fixed rate on the steady clock; periods that were missed are not made up."""

    def __init__(self, period: float, callback: Callable[[], None]) -> None:
        if not period > 0.0:
            raise ValueError(f"a timer's period must be more than 0 s, not {period}")
        self._period = period
        self._callback = callback
        self._canceled = threading.Event()
        self._due = time.monotonic() + period

    def due(self) -> float:
        """Returns when to call next, on the steady clock in s."""
        return float("inf") if self._canceled.is_set() else self._due

    def take(self, now: float) -> Callable[[], None] | None:
        if now < self.due():
            return None
        missed = (now - self._due) // self._period
        self._due += self._period * (missed + 1)
        return self._call

    def cancel(self) -> None:
        self._canceled.set()

    def reset(self) -> None:
        """Starts anew, with a whole period before the next call."""
        self._due = time.monotonic() + self._period
        self._canceled.clear()

    def _call(self) -> None:
        if not self._canceled.is_set():
            self._callback()


def take_one(reader: Any) -> bytes | None:
    """Takes the oldest message of a reader, over the notices that a writer is gone."""
    while True:
        samples = reader.take(1)
        if not samples:
            return None
        if not isinstance(samples[0], InvalidSample):
            return bytes(samples[0].content)


def void(_: object) -> None:
    """Drops a value where a callback must return none."""
