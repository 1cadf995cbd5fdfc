"""The robot's end of the wire: one session with a verifier, watched by heartbeats.

A session outlives its connection: when the link comes back, by the same connection or another, it
is the same session, and the verifier still has the turn with its frame (see `Resume`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import zmq

from specedge.decoding.costs import RunningEstimate
from specedge.errors import SpecedgeError
from specedge.protocol.channel import Channel, Frames
from specedge.protocol.endpoint import BadEndpoint, is_ipv6, require_endpoint
from specedge.protocol.messages import (
    LARGEST_MESSAGE,
    PROTOCOL_VERSION,
    Bye,
    Failed,
    FromRobot,
    FromVerifier,
    Hello,
    Lost,
    Ping,
    Pong,
    ProtocolError,
    Provisional,
    Refused,
    Verified,
    Welcome,
    decode_from_verifier,
    encode,
)
from specedge.protocol.security import CurveKeys


class VerifierLost(SpecedgeError):
    """The verifier is silent for longer than it may be, or its connection is gone."""


class VerifierRefused(SpecedgeError):
    """The verifier does not serve this client; the message says what does not fit."""


@dataclass(frozen=True)
class LinkSettings:
    """How a robot reaches its verifier.

    Attributes:
        endpoint: ZeroMQ endpoint such as ``tcp://host:5555``.
        heartbeat: Seconds between pings.
        silence: Seconds without a word from the verifier after which it counts as lost, beside
            those that a picture may take on its way up; see `SLOWEST_UPLINK`.
        keys: CURVE keys; None for a link in the clear.

    Raises:
        BadEndpoint: there cannot be a verifier at such an endpoint.
    """

    endpoint: str
    heartbeat: float = 0.1
    silence: float = 0.5
    keys: CurveKeys | None = None

    def __post_init__(self) -> None:
        require_endpoint(self.endpoint)
        if not 0.0 < self.heartbeat < self.silence:
            raise ValueError("a heartbeat is shorter than the silence that it breaks")


@dataclass(frozen=True)
class LinkLost:
    """Told to the owner of a link when it goes down."""

    reason: str


@dataclass(frozen=True)
class LinkBack:
    """Told to the owner of a link when it is up again after a `LinkLost`; same session."""


SLOWEST_UPLINK = 62_500
"""Bytes per second, 0.5 Mbit/s: what lies behind a picture may be late by the time it then takes.

Heartbeats go up the same connection, so while a picture is under way none of them is answered.
"""
ASK_AGAIN = 10
"""Heartbeats between two tries to open a session that was refused."""

TurnAnswer = Provisional | Verified | Lost | Failed


class VerifierLink:
    """Opens a session, keeps it alive and hands on what belongs to turns.

    Args:
        settings: Where the verifier is.
        tokenizer: Fingerprint of the robot's tokenizer.
        grammar: Version of the command language.
        draft: Name of the draft model, for the verifier's log.
        session: Random name of this session.
        on_answer: Called in the link's thread with each answer and its size in bytes, and with
            `LinkLost` and `LinkBack` when the link goes down and is up again.

    Raises:
        BadEndpoint: there cannot be a verifier at such an endpoint.

    Attributes:
        settled: Set while a session is open, or refused; one that was refused is asked for again
            now and then.
        malformed: How many messages could not be read.
        stale: How many messages were of other sessions or heartbeats.
    """

    def __init__(
        self,
        settings: LinkSettings,
        *,
        tokenizer: str,
        grammar: str,
        draft: str,
        session: str,
        on_answer: Callable[[TurnAnswer | LinkLost | LinkBack, int], None],
    ) -> None:
        self.settings = settings
        self.session = session
        self._hello = Hello(session, PROTOCOL_VERSION, tokenizer, grammar, draft)
        self._on_answer = on_answer
        self._opened = threading.Event()
        self.settled = threading.Event()
        self.malformed = self.stale = 0
        self._refusal = ""
        self._lost = False
        self._opened_at = 0
        self._round_trip = RunningEstimate()
        self._heard = time.monotonic()
        self._picture_sent, self._picture_there_by = 0, 0.0
        self._next_ping = 0.0
        self._channel = Channel(
            "verifier-link",
            self._open_socket,
            self._receive,
            self._tick,
            lambda: self._lose("its connection is gone"),
            period=settings.heartbeat / 2,
        )
        self._channel.start()

    @property
    def connected(self) -> bool:
        """Whether a session is open and the verifier has been heard lately."""
        return self._opened.is_set() and self._channel.alive

    @property
    def round_trip(self) -> RunningEstimate:
        """Seconds to the verifier and back, from heartbeats; begun anew when the link is lost."""
        return self._round_trip

    def wait_open(self, timeout: float) -> None:
        """Waits until a session is open.

        Raises:
            VerifierRefused: the verifier does not fit this client.
            VerifierLost: it has not answered within ``timeout`` seconds.
        """
        self.settled.wait(timeout)
        refusal = self._refusal  # looked at first: it is taken back when the session opens
        if self._opened.is_set():
            return
        if refusal:
            raise VerifierRefused(refusal)
        key = "is this its key" if self.settings.keys is not None else "does it ask for no key"
        raise VerifierLost(
            f"the verifier at {self.settings.endpoint} is silent; "
            f"is it running, can this machine reach it, and {key}?"
        )

    def send(self, message: FromRobot, *frames: bytes) -> int:
        """Sends a message; returns its size in bytes without the frames that follow it."""
        data = encode(message)
        if frames:
            # This order: an answer to an earlier heartbeat, heard between the two, is not of it.
            self._picture_sent = time.monotonic_ns()
            self._picture_there_by = time.monotonic() + sum(map(len, frames)) / SLOWEST_UPLINK
        self._channel.send([data, *frames])
        return len(data)

    def close(self) -> None:
        """Ends the session."""
        self.send(Bye(self.session))
        self._channel.close()

    def _open_socket(self, context: zmq.Context[zmq.Socket[bytes]]) -> zmq.Socket[bytes]:
        socket = context.socket(zmq.DEALER)
        # Whoever sends more is no verifier; ZeroMQ ends the connection for good.
        socket.maxmsgsize = LARGEST_MESSAGE
        # Nothing is kept for a verifier that is not there: it would be stale when it comes.
        socket.immediate = True
        socket.reconnect_ivl = 50
        socket.reconnect_ivl_max = 1000
        # A connection that is dead without saying so is given up, and opened anew.
        socket.heartbeat_ivl = socket.heartbeat_timeout = round(1000 * self.settings.silence)
        socket.connect_timeout = 2000
        socket.ipv6 = is_ipv6(self.settings.endpoint)
        if self.settings.keys is not None:
            self.settings.keys.apply(socket)
        try:
            socket.connect(self.settings.endpoint)
        except zmq.ZMQError as error:
            raise BadEndpoint(
                f"{self.settings.endpoint} is no endpoint; give tcp://HOST:PORT"
            ) from error
        return socket

    def _tick(self) -> None:
        now = time.monotonic()
        silent_since = max(self._heard, self._picture_there_by)
        if self._opened.is_set() and now - silent_since > self.settings.silence:
            self._lose(f"nothing heard for {now - self._heard:.2f} s")
        if now < self._next_ping:
            return
        self._next_ping = now + self.settings.heartbeat
        if self._opened.is_set():
            self.send(Ping(self.session, time.monotonic_ns()))
        else:
            if self._refusal:
                # What did not fit may be mended, a full verifier may have room again.
                self._next_ping = now + ASK_AGAIN * self.settings.heartbeat
            self.send(self._hello)

    def _lose(self, reason: str) -> None:
        if self._opened.is_set():
            self._opened.clear()
            self.settled.clear()
            self._lost = True
            self._round_trip = RunningEstimate()
            # The session is opened anew as soon as there is a connection.
            self._next_ping = 0.0
            self._on_answer(LinkLost(f"verifier at {self.settings.endpoint}: {reason}"), 0)

    def _receive(self, frames: Frames) -> None:
        try:
            message: FromVerifier = decode_from_verifier(frames[-1])
        except ProtocolError:
            self.malformed += 1
            return
        if message.session != self.session:
            self.stale += 1
            return
        self._heard = time.monotonic()
        if isinstance(message, Welcome):
            self._open()
        elif isinstance(message, Refused):
            self._refuse(message)
        elif isinstance(message, Pong):
            self._on_pong(message)
        else:
            self._on_answer(message, len(frames[-1]))

    def _open(self) -> None:
        if self._opened.is_set():
            return
        self._opened_at = time.monotonic_ns()
        self._opened.set()
        self._refusal = ""
        self.settled.set()
        if self._lost:
            self._lost = False
            self._on_answer(LinkBack(), 0)

    def _refuse(self, refused: Refused) -> None:
        if self._opened.is_set():
            self.stale += 1
            return
        self._refusal = refused.reason
        self.settled.set()

    def _on_pong(self, pong: Pong) -> None:
        now = time.monotonic_ns()
        if not (self._opened.is_set() and self._opened_at <= pong.sent <= now):
            self.stale += 1
        elif pong.known:
            self._round_trip.add((now - pong.sent) / 1e9)
            if pong.sent > self._picture_sent:
                self._picture_there_by = 0.0  # it went up before the heartbeat that is answered
        else:
            self._lose("it does not know this session; it was started anew")
