"""Serves a target model to robots: one thread for the socket, one for the model."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType

import zmq

from specedge.commands import GRAMMAR_VERSION, Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.target import ExitGuess, PassCancelled, TargetEngine, TargetTurn
from specedge.errors import SpecedgeError
from specedge.protocol.binding import bind
from specedge.protocol.channel import Channel, Frames
from specedge.protocol.messages import (
    LARGEST_IMAGE,
    PROTOCOL_VERSION,
    Begin,
    Bye,
    Cancel,
    Failed,
    Hello,
    Message,
    Ping,
    Pong,
    Propose,
    ProtocolError,
    Provisional,
    Refused,
    Verified,
    Welcome,
    decode_from_robot,
    encode,
)
from specedge.protocol.security import CurveKeys
from specedge.verifier.sessions import Counters, Job, ServedTurn, Session

_log = logging.getLogger(__name__)

FORGET_AFTER = 60.0
"""Seconds of silence after which a robot's session is dropped."""

MOST_SESSIONS = 64
"""Robots that one verifier keeps; each costs the memory of one turn's keys and values."""
FULL = f"the verifier serves {MOST_SESSIONS} robots already; start another verifier"


class VerifierServer:
    """A verifier at one endpoint; serves from construction until `close`.

    Args:
        engine: The target; used by the model thread alone from now on.
        endpoint: ZeroMQ endpoint; a port of ``*`` takes a free one.
        keys: CURVE keys; None for a link in the clear.

    Raises:
        PortBusy: the endpoint cannot be bound.
    """

    def __init__(self, engine: TargetEngine, endpoint: str, keys: CurveKeys | None = None) -> None:
        self.counters = Counters()
        self.endpoint = endpoint
        self._engine = engine
        self._bind, self._keys = endpoint, keys
        self._sessions: dict[str, Session] = {}
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._handlers: dict[type[Message], Callable[..., None]] = {
            Ping: self._on_ping,
            Propose: self._on_propose,
            Cancel: self._on_cancel,
            Bye: self._on_bye,
        }
        self._channel = Channel("verifier-socket", self._open_socket, self._receive, self._forget)
        self._model = threading.Thread(target=self._serve_jobs, name="verifier-model", daemon=True)
        self._model.start()

    def close(self) -> None:
        """Ends all turns, then both threads."""
        self._closing.set()
        for session in list(self._sessions.values()):
            session.replace_turn(None)
        self._jobs.put(None)
        self._model.join()
        self._channel.close()

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
        if self._keys is not None:
            self._keys.apply(socket)
        self.endpoint = bind(socket, self._bind)
        return socket

    # Socket thread ------------------------------------------------------------------------------

    def _receive(self, frames: Frames) -> None:
        identity, data, *images = frames if len(frames) > 1 else (b"", b"")
        try:
            message = decode_from_robot(data)
        except ProtocolError as error:
            self.counters.malformed += 1
            _log.warning("dropped a message: %s", error)
            return
        if isinstance(message, Hello):
            self._on_hello(identity, message)
            return
        session = self._sessions.get(message.session)
        if session is None:
            if isinstance(message, Ping):
                self._reply(identity, Pong(message.session, message.number, known=False))
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
        exits = self._engine.exits
        layers = list(exits.layers) if exits is not None else []
        self._reply(identity, Welcome(hello.session, self._engine.loaded.name, layers))

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
        if hello.tokenizer != self._engine.grammar.tokenizer.fingerprint:
            return (
                f"draft and target do not share a tokenizer: {hello.draft} and "
                f"{self._engine.loaded.name}; take a pair of one model family"
            )
        return ""

    def _on_ping(self, session: Session, ping: Ping) -> None:
        self._reply(session.identity, Pong(session.name, ping.number, known=True))

    def _on_begin(self, session: Session, begin: Begin, images: Frames) -> None:
        if session.turn is not None and begin.turn <= session.turn.begin.turn:
            self.counters.stale += 1
            return
        if len(images) != 1:
            self.counters.malformed += 1
            self._reply(session.identity, Failed(session.name, begin.turn, "a turn has one image"))
            return
        turn = ServedTurn(begin, images[0])
        session.replace_turn(turn)
        self.counters.turns += 1
        self._jobs.put(Job(session, turn))

    def _on_propose(self, session: Session, proposal: Propose) -> None:
        turn = session.turn
        if (
            turn is None
            or turn.begin.turn != proposal.turn
            or turn.begin.streamed
            or turn.stop.is_set()
        ):
            self.counters.stale += 1
            return
        self._jobs.put(Job(session, turn, proposal))

    def _on_cancel(self, session: Session, cancel: Cancel) -> None:
        if session.turn is not None and session.turn.begin.turn == cancel.turn:
            session.turn.stop.set()
        else:
            self.counters.stale += 1

    def _on_bye(self, session: Session, _bye: Bye) -> None:
        session.replace_turn(None)
        self._sessions.pop(session.name, None)

    def _forget(self) -> None:
        earliest = time.monotonic() - FORGET_AFTER
        for session in [s for s in self._sessions.values() if s.heard < earliest]:
            session.replace_turn(None)
            del self._sessions[session.name]

    def _reply(self, identity: bytes, message: Message) -> None:
        self._channel.send([identity, encode(message)])

    # Model thread -------------------------------------------------------------------------------

    def _serve_jobs(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.turn.stop.is_set() or self._closing.is_set():
                continue
            try:
                self._work(job)
            except PassCancelled:
                continue
            except SpecedgeError as error:
                self._fail(job, str(error))
            except Exception as error:  # one robot's turn must not end the service for all
                _log.exception("turn %d of %s failed", job.turn.begin.turn, job.session.name)
                self._fail(job, f"the verifier failed: {error!r}")

    def _work(self, job: Job) -> None:
        begin = job.turn.begin
        if job.turn.target is None:
            job.turn.target = self._engine.begin(
                job.turn.frame,
                Context(begin.goal, begin.last_command, begin.outcome),
                Sampling(begin.temperature, begin.seed),
                job.turn.stop,
            )
        if begin.streamed:
            self._stream(job, job.turn.target)
        elif job.proposal is not None:
            self._verify(job, job.turn.target, job.proposal.version, job.proposal.choices)

    def _stream(self, job: Job, target: TargetTurn) -> None:
        """One token, then back to the end of the queue, so that robots take turns."""
        self._verify(job, target, job.turn.streamed, [])
        job.turn.streamed += 1
        if job.turn.streamed < target.version or not target.state.complete:
            self._jobs.put(job)

    def _verify(self, job: Job, target: TargetTurn, version: int, choices: list[int]) -> None:
        session, number = job.session, job.turn.begin.turn
        if version > target.version:
            self.counters.stale += 1
            return

        def on_exit(guess: ExitGuess) -> None:
            self._reply(
                session.identity,
                Provisional(
                    session.name,
                    number,
                    version,
                    guess.layer,
                    guess.accepted,
                    guess.token,
                    min(1.0, guess.confidence),
                ),
            )

        verdict = target.verify(
            version, choices, on_exit if job.turn.begin.provisional and choices else None
        )
        self.counters.passes += verdict.passes
        self._reply(
            session.identity,
            Verified(
                session.name,
                number,
                version,
                verdict.accepted,
                verdict.token,
                verdict.passes,
                verdict.seconds,
            ),
        )

    def _fail(self, job: Job, reason: str) -> None:
        job.turn.stop.set()
        self._reply(
            job.session.identity, Failed(job.session.name, job.turn.begin.turn, reason[:2000])
        )
