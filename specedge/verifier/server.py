"""Serves a target model to robots: the socket side, which never waits for the model."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from types import TracebackType

import zmq

from specedge.commands import GRAMMAR_VERSION
from specedge.decoding.target import TargetEngine
from specedge.protocol.binding import bind
from specedge.protocol.channel import Channel, Frames
from specedge.protocol.messages import (
    LARGEST_IMAGE,
    LONGEST_HINT,
    PROTOCOL_VERSION,
    Begin,
    Bye,
    Cancel,
    Failed,
    Hello,
    Hint,
    Lost,
    Message,
    Ping,
    Pong,
    Propose,
    ProtocolError,
    Refused,
    Resume,
    Welcome,
    decode_from_robot,
    encode,
)
from specedge.protocol.security import CurveKeys
from specedge.verifier.model_thread import ModelThread
from specedge.verifier.served import Counters, Served
from specedge.verifier.sessions import Session
from specedge.verifier.sources import CandidateSource

_log = logging.getLogger(__name__)

FORGET_AFTER = 60.0
"""Seconds of silence after which a robot's session is dropped."""

ASK_EVERY, HANG_UP_AFTER = 200, 15_000
"""ms between questions whether a robot is there, and without answer until its connection ends.

So often, because ZeroMQ at the robot ends a connection on which it hears nothing, and while a
picture comes up a slow link its own questions are not answered.
"""
MOST_SESSIONS = 64
"""Robots that one verifier keeps; each costs the memory of one turn's keys and values."""
FULL = f"the verifier serves {MOST_SESSIONS} robots already; start another verifier"


class VerifierServer:
    """A verifier at one endpoint; serves from construction until `close`.

    Args:
        engine: The target; used by the model thread alone from now on.
        endpoint: ZeroMQ endpoint; a port of ``*`` takes a free one.
        keys: CURVE keys; None for a link in the clear.
        self_draft: The target's own draft, if it has one.

    Attributes:
        endpoint: Where it serves, with the port that it got.

    Raises:
        PortBusy: the endpoint cannot be bound.
    """

    def __init__(
        self,
        engine: TargetEngine,
        endpoint: str,
        keys: CurveKeys | None = None,
        self_draft: CandidateSource | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._served = Served(engine, self_draft)
        self._bind, self._keys = endpoint, keys
        self._sessions: dict[str, Session] = {}
        self._handlers: dict[type[Message], Callable[..., None]] = {
            Ping: self._on_ping,
            Propose: self._on_turn_message,
            Hint: self._on_turn_message,
            Cancel: self._on_cancel,
            Resume: self._on_resume,
            Bye: self._on_bye,
        }
        self._model = ModelThread()
        try:
            self._channel = Channel(
                "verifier-socket", self._open_socket, self._receive, self._forget
            )
        except BaseException:
            self._model.close()
            raise
        self._channel.start()

    @property
    def counters(self) -> Counters:
        """What it has seen so far."""
        return self._served.counters

    @property
    def alive(self) -> bool:
        """Whether both threads run; false after `close`, or after an error in one of them."""
        return self._channel.alive and self._model.alive

    def close(self) -> None:
        """Ends both threads, a pass in progress at its next layer."""
        self._channel.close()  # first: the sessions are its thread's as long as that runs
        for session in self._sessions.values():
            session.end_turn()
        self._model.close()
        _log.info("closed after %s", self.counters)

    def __enter__(self) -> VerifierServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open_socket(self, context: zmq.Context[zmq.Socket[bytes]]) -> zmq.Socket[bytes]:
        socket = context.socket(zmq.ROUTER)
        socket.maxmsgsize = LARGEST_IMAGE
        # A robot whose battery died never hangs up, and a process has only so many connections.
        socket.heartbeat_ivl, socket.heartbeat_timeout = ASK_EVERY, HANG_UP_AFTER
        if self._keys is not None:
            self._keys.apply(socket)
        self.endpoint = bind(socket, self._bind)
        return socket

    def _receive(self, frames: Frames) -> None:
        identity, data, *images = frames if len(frames) > 1 else (b"", b"")
        try:
            message = decode_from_robot(data)
        except ProtocolError as error:
            self.counters.malformed += 1
            # The 1st, 2nd, 4th, 8th …: whoever floods shall not fill the log.
            if self.counters.malformed.bit_count() == 1:
                _log.warning("dropped message %d: %s", self.counters.malformed, error)
            return
        if isinstance(message, Hello):
            self._on_hello(identity, message)
            return
        session = self._sessions.get(message.session)
        if session is None:
            if isinstance(message, Ping):
                self._reply(identity, Pong(message.session, message.sent, known=False))
            else:
                self.counters.stale += 1
            return
        session.identity, session.heard = identity, time.monotonic()
        if isinstance(message, Begin):
            self._on_begin(session, message, images)
        else:
            self._handlers[type(message)](session, message)

    def _on_hello(self, identity: bytes, hello: Hello) -> None:
        reason = self._misfit(hello)
        if not reason and hello.session not in self._sessions:
            reason = FULL if len(self._sessions) >= MOST_SESSIONS else ""
        if reason:
            self.counters.refused += 1
            self._reply(identity, Refused(hello.session, reason))
            return
        session = self._sessions.setdefault(hello.session, Session(hello.session, identity))
        session.identity, session.heard = identity, time.monotonic()
        exits = self._served.engine.exits
        self._reply(
            identity,
            Welcome(
                hello.session,
                self._served.engine.loaded.name,
                list(exits.layers) if exits is not None else [],
                LARGEST_IMAGE,
                LONGEST_HINT,
                MOST_SESSIONS,
            ),
        )

    def _misfit(self, hello: Hello) -> str:
        """Returns why a client cannot be served, or "" when it can."""
        if hello.protocol != PROTOCOL_VERSION:
            return (
                f"the client speaks protocol {hello.protocol}, the verifier {PROTOCOL_VERSION}; "
                "install the same release of specedge on both"
            )
        if hello.grammar != GRAMMAR_VERSION:
            return (
                f"the client's command grammar is version {hello.grammar}, the verifier's "
                f"{GRAMMAR_VERSION}; install the same release of specedge on both"
            )
        if hello.tokenizer != self._served.engine.grammar.tokenizer.fingerprint:
            return (
                f"draft and target do not share a tokenizer: {hello.draft} and "
                f"{self._served.engine.loaded.name}; take a pair of one model family"
            )
        return ""

    def _on_ping(self, session: Session, ping: Ping) -> None:
        self._reply(session.identity, Pong(session.name, ping.sent, known=True))

    def _on_begin(self, session: Session, begin: Begin, images: Frames) -> None:
        if session.turn is not None and begin.turn <= session.turn.begin.turn:
            self.counters.stale += 1
            return
        if len(images) != 1:
            self.counters.malformed += 1
            self._reply(session.identity, Failed(session.name, begin.turn, "a turn has one image"))
            return
        self._end_turn(session)
        turn = session.begin(
            self._served,
            begin,
            images[0],
            # A session may go on by another connection.
            lambda message: self._reply(session.identity, message),
        )
        self.counters.turns += 1
        self._model.wake(turn)

    def _on_turn_message(self, session: Session, message: Hint | Propose) -> None:
        turn = session.turn
        if (
            turn is None
            or turn.begin.turn != message.turn
            or turn.stop.is_set()
            or (isinstance(message, Propose) and message.version > turn.version)
            or not turn.take(message)
        ):
            self.counters.stale += 1
            return
        self._model.wake(turn)

    def _on_cancel(self, session: Session, cancel: Cancel) -> None:
        if session.turn is not None and session.turn.begin.turn == cancel.turn:
            session.turn.stop.set()
            self._model.wake(session.turn)
        else:
            self.counters.stale += 1

    def _on_resume(self, session: Session, request: Resume) -> None:
        turn = session.turn
        if turn is not None and turn.begin.turn > request.turn:
            self.counters.stale += 1
        elif turn is None or turn.begin.turn < request.turn:
            self._reply(session.identity, Lost(session.name, request.turn))
        else:
            answer = turn.resume(request)
            if isinstance(answer, Lost):
                # The robot is to begin again, maybe under the same number.
                self._end_turn(session)
            self._reply(session.identity, answer)

    def _on_bye(self, session: Session, _bye: Bye) -> None:
        self._end_turn(session)
        self._sessions.pop(session.name, None)

    def _end_turn(self, session: Session) -> None:
        ended = session.end_turn()
        if ended is not None:
            # It may be waiting for its robot; its keys and values are to go now.
            self._model.wake(ended)

    def _forget(self) -> None:
        earliest = time.monotonic() - FORGET_AFTER
        for session in [s for s in self._sessions.values() if s.heard < earliest]:
            self._end_turn(session)
            del self._sessions[session.name]

    def _reply(self, identity: bytes, message: Message) -> None:
        self._channel.send([identity, encode(message)])
