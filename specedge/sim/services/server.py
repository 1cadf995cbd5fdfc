"""Answers requests of the Go2's request/response topics."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cyclonedds.core import (
    DDSException,
    GuardCondition,
    InstanceState,
    ReadCondition,
    SampleState,
    ViewState,
    WaitSet,
)
from cyclonedds.util import duration

from specedge.errors import SpecedgeError
from specedge.robot.codes import INTERNAL_API_VERSION, ReturnCode
from specedge.robot.sdk import Request_, Response_, ResponseHeader_, ResponseStatus_
from specedge.sim.services.parameters import BadParameter, Parameters
from specedge.sim.services.participant import Participant, Sample

_log = logging.getLogger(__name__)

PENDING_REQUESTS = 16
"""Requests that wait for their turn; the SDK's own server keeps 10."""
MATCH_PATIENCE = 1.0
"""Seconds that a reply waits for its reader to be discovered, as in the SDK's own server."""
LONGEST_WAIT = 0.05
"""Seconds until a thread that waits for a reader notices that it is to end."""


@dataclass(frozen=True)
class Reply:
    """What a call is answered with."""

    code: ReturnCode = ReturnCode.OK
    data: str = ""
    binary: bytes = b""


Handler = Callable[[int, Parameters], Reply]
"""Answers a call by its number; raises BadParameter, or LookupError for an unknown number."""


class RequestServer:
    """One service of the Go2, answering in a thread of its own.

    Args:
        participant: Where it speaks; must outlive the server.
        service: Name such as ``sport``.
        version: What it says its version is.
        handler: Answers the calls.
        reply_delay: Seconds between a call and its reply.
    """

    def __init__(
        self,
        participant: Participant,
        service: str,
        version: str,
        handler: Handler,
        *,
        reply_delay: float = 0.0,
    ) -> None:
        self._service = service
        self._version = version
        self._handler = handler
        self._reply_delay = reply_delay
        topic = f"rt/api/{service}"
        self._heard = threading.Event()
        self._writer = participant.writer(
            f"{topic}/response", Response_, depth=PENDING_REQUESTS, heard=self._heard
        )
        self._reader = participant.reader(f"{topic}/request", Request_, depth=PENDING_REQUESTS)
        self._closing = GuardCondition(participant.entity)
        self._wake = WaitSet(participant.entity)
        self._wake.attach(self._closing)
        self._wake.attach(
            ReadCondition(self._reader, ViewState.Any | InstanceState.Any | SampleState.NotRead)
        )
        self._due: list[tuple[float, int, Sample]] = []
        self._order = itertools.count()
        self._thread = threading.Thread(target=self._run, name=f"{service} service")

    @property
    def ending(self) -> bool:
        """Whether `close` was called."""
        return bool(self._closing.read())

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stops answering; what is not answered yet is dropped."""
        self._closing.set(True)
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> RequestServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self.ending:
            self._wake.wait(self._time_to_next_reply())
            for request in Participant.take(self._reader, PENDING_REQUESTS):
                if self.ending:
                    return
                self._answer(request)
            self._send_what_is_due()

    def _time_to_next_reply(self) -> int:
        if not self._due:
            return duration(infinite=True)
        return duration(microseconds=int(max(0.0, self._due[0][0] - time.monotonic()) * 1e6))

    def _answer(self, request: Sample) -> None:
        received = time.monotonic()
        reply = self._reply_to(request.header.identity.api_id, request.parameter)
        if request.header.policy.noreply:
            return
        header = ResponseHeader_(request.header.identity, ResponseStatus_(int(reply.code)))
        response = Response_(header, reply.data, reply.binary)
        heapq.heappush(self._due, (received + self._reply_delay, next(self._order), response))

    def _reply_to(self, api: int, text: str) -> Reply:
        if api == INTERNAL_API_VERSION:
            return Reply(data=self._version)
        try:
            return self._handler(api, Parameters(text))
        except BadParameter as error:
            _log.warning("%s call %d refused: %s", self._service, api, error)
            return Reply(ReturnCode.BAD_PARAMETER)
        except LookupError:
            _log.warning("%s has no call %d", self._service, api)
            return Reply(ReturnCode.NOT_IMPLEMENTED)
        except SpecedgeError as error:
            _log.warning("%s call %d failed: %s", self._service, api, error)
            return Reply(ReturnCode.INTERNAL)
        except Exception:  # a service outlives its faults, and says so
            _log.exception("%s call %d failed", self._service, api)
            return Reply(ReturnCode.INTERNAL)

    def _send_what_is_due(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            _, _, response = heapq.heappop(self._due)
            self._await_reader()
            if self.ending:
                return
            try:
                self._writer.write(response)
            except DDSException as error:
                _log.warning("%s could not reply: %s", self._service, error)

    def _await_reader(self) -> None:
        deadline = time.monotonic() + MATCH_PATIENCE
        while not self._heard.wait(LONGEST_WAIT) and time.monotonic() < deadline:
            if self.ending:
                return
