"""Services as rmw_cyclonedds carries them: a topic for requests, a topic for replies.

Each message starts with the number of the client and that of the call, echoed in the reply.
Every client of a service receives every reply, and keeps its own.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any

from cyclonedds.core import DDSStatus, ReadCondition

from specedge.ros.cyclone import entities, names
from specedge.ros.cyclone.cdr import Reader, Writer
from specedge.ros.cyclone.context import Context
from specedge.ros.cyclone.endpoints import ANY_SAMPLE, take_one
from specedge.ros.cyclone.futures import Future
from specedge.ros.cyclone.logging import Logger
from specedge.ros.cyclone.qos import dds_qos, qos_profile_services_default
from specedge.ros.cyclone.types import Message
from specedge.ros.cyclone.waiting import wait_until
from specedge.ros.errors import MalformedMessage, WrongMessageType

# How long a reply waits for the client's reader to be found; rmw_cyclonedds waits as long.
REPLY_READER_TIMEOUT = 0.1


class _Endpoints:
    """The reader and the writer of one side of a service."""

    def __init__(self, context: Context, service: Any, name: str, *, is_server: bool) -> None:
        request_topic, reply_topic = names.dds_service_topics(name)
        request, reply = f"{service.INTERFACE}_Request", f"{service.INTERFACE}_Response"
        # ROS 2 pairs the two endpoints of one side by this mark in their user data.
        key = "serviceid" if is_server else "clientid"
        qos = dds_qos(qos_profile_services_default, f"{key}={secrets.token_hex(16)};")
        incoming, outgoing = (
            ((request_topic, request), (reply_topic, reply))
            if is_server
            else ((reply_topic, reply), (request_topic, request))
        )
        participant = context.participant()
        self._sample = entities.sample_class(outgoing[1])
        self.reader = entities.make_reader(participant, context.topic(*incoming), qos)
        self.writer = entities.make_writer(participant, context.topic(*outgoing), qos)
        self.condition = ReadCondition(self.reader, ANY_SAMPLE)

    def send(self, client: int, call: int, message: Message) -> None:
        writer = Writer()
        writer.primitive("Q", client)
        writer.primitive("q", call)
        message.write(writer)
        self.writer.write(self._sample(writer.finish()))

    def receive(self, message_class: type[Message]) -> tuple[int, int, Any] | None:
        content = take_one(self.reader)
        if content is None:
            return None
        reader = Reader(content)
        return reader.primitive("Q"), reader.primitive("q"), message_class.read(reader)

    def destroy(self) -> None:
        for entity in (self.condition, self.reader, self.writer):
            entities.delete(entity)


class Service:
    """Answers calls of one service."""

    def __init__(
        self,
        context: Context,
        service: Any,
        name: str,
        callback: Callable[[Any, Any], Any],
        logger: Logger,
    ) -> None:
        self.srv_name = name
        self._context = context
        self._service = service
        self._callback = callback
        self._logger = logger
        self.endpoints = _Endpoints(context, service, name, is_server=True)
        self.condition = self.endpoints.condition

    def take(self) -> Callable[[], None] | None:
        try:
            received = self.endpoints.receive(self._service.Request)
        except MalformedMessage as error:
            self._logger.error(f"{self.srv_name}: a request was dropped: {error}")
            return None
        if received is None:
            return None
        return lambda: self._answer(*received)

    def destroy(self) -> None:
        self.endpoints.destroy()

    def _answer(self, client: int, call: int, request: Any) -> None:
        response = self._callback(request, self._service.Response())
        if not isinstance(response, self._service.Response):
            raise WrongMessageType(
                f"{self.srv_name} answers with {self._service.INTERFACE}_Response, and its "
                f"callback returned {type(response).__name__}"
            )
        self._wait_for_readers()
        self.endpoints.send(client, call, response)

    def _wait_for_readers(self) -> None:
        # A client's request may arrive before its reader of replies is found. Each client has
        # one writer and one reader, so that equal numbers mean that all are found.
        reader, writer = self.endpoints.reader, self.endpoints.writer
        wait_until(
            self._context,
            {writer: DDSStatus.PublicationMatched},
            lambda: writer.matched() >= reader.matched(),
            REPLY_READER_TIMEOUT,
        )


class Client:
    """Calls one service."""

    def __init__(self, context: Context, service: Any, name: str, logger: Logger) -> None:
        self.srv_name = name
        self._context = context
        self._service = service
        self._logger = logger
        self._number = secrets.randbits(63)
        self._lock = threading.Lock()
        self._calls = 0
        self._pending: dict[int, Future] = {}
        self.endpoints = _Endpoints(context, service, name, is_server=False)
        self.condition = self.endpoints.condition

    def service_is_ready(self) -> bool:
        """Returns whether some server can be reached."""
        return self.endpoints.writer.matched() > 0 and self.endpoints.reader.matched() > 0

    def wait_for_service(self, timeout_sec: float | None = None) -> bool:
        """Waits for a server, at most that long (s); returns whether there is one."""
        watched = {
            self.endpoints.writer: DDSStatus.PublicationMatched,
            self.endpoints.reader: DDSStatus.SubscriptionMatched,
        }
        return wait_until(self._context, watched, self.service_is_ready, timeout_sec)

    def call_async(self, request: Any) -> Future:
        """Sends a request; the future is done when a reply came to a spinning executor.

        Raises:
            WrongMessageType: the request is of another service.
        """
        if not isinstance(request, self._service.Request):
            raise WrongMessageType(
                f"{self.srv_name} takes {self._service.INTERFACE}_Request, "
                f"not {type(request).__name__}"
            )
        future = Future()
        with self._lock:
            self._calls += 1
            call = self._calls
            self._pending[call] = future
        self.endpoints.send(self._number, call, request)
        return future

    def take(self) -> Callable[[], None] | None:
        try:
            received = self.endpoints.receive(self._service.Response)
        except MalformedMessage as error:
            self._logger.error(f"{self.srv_name}: a reply was dropped: {error}")
            return None
        if received is None or received[0] != self._number:
            return None
        _, call, response = received
        with self._lock:
            future = self._pending.pop(call, None)
        return None if future is None else lambda: future.set_result(response)

    def destroy(self) -> None:
        """Calls that are still open stay so, as with rclpy."""
        self.endpoints.destroy()
