"""A client that speaks the protocol by hand, rightly or wrongly."""

from __future__ import annotations

import itertools

import zmq

from specedge.commands import GRAMMAR_VERSION
from specedge.decoding.target import TargetEngine
from specedge.protocol.messages import (
    PROTOCOL_VERSION,
    Begin,
    FromRobot,
    FromVerifier,
    Hello,
    Ping,
    Pong,
    Provisional,
    Source,
    Verified,
    Welcome,
    decode_from_verifier,
    encode,
)

SESSION = "0123456789abcdef"
PATIENCE = 60_000
"""Milliseconds to wait for an answer that must come."""

EVERYTHING: tuple[Source, ...] = ("client", "self", "history", "forced")


class Robot:
    """A DEALER socket of one session."""

    def __init__(self, socket: zmq.Socket[bytes], session: str = SESSION) -> None:
        self.session = session
        self.socket = socket
        self._numbers = itertools.count(1)

    def say(self, message: FromRobot, *frames: bytes) -> None:
        self.socket.send_multipart([encode(message), *frames])

    def say_bytes(self, *frames: bytes) -> None:
        self.socket.send_multipart(frames)

    def open(self, engine: TargetEngine) -> Welcome:
        self.say(hello(engine, session=self.session))
        # A turn of the session that runs free is told here from now on, maybe before the welcome.
        while not isinstance(message := self.hear(), Welcome):
            assert isinstance(message, Verified), message
        return message

    def hear(self) -> FromVerifier:
        assert self.socket.poll(PATIENCE), "the verifier is silent"
        return decode_from_verifier(self.socket.recv())

    def hear_pong(self) -> list[FromVerifier]:
        """Pings; returns what came before the answer."""
        number = next(self._numbers)
        self.say(Ping(self.session, number))
        heard: list[FromVerifier] = []
        while (message := self.hear()) != Pong(self.session, number, known=True):
            heard.append(message)
        return heard

    def hear_verdict(self) -> tuple[list[Provisional], Verified]:
        guesses: list[Provisional] = []
        while True:
            message = self.hear()
            if isinstance(message, Verified):
                return guesses, message
            assert isinstance(message, Provisional), message
            guesses.append(message)

    def hear_text(self, engine: TargetEngine) -> list[Verified]:
        """Hears verdicts until the text is complete, checking that they follow one another."""
        state, verdicts = engine.grammar.start(), list[Verified]()
        while not state.complete:
            _, verdict = self.hear_verdict()
            assert verdict.version == len(state.choices)
            for choice in verdict.choices:
                state.choose(choice)
            verdicts.append(verdict)
        return verdicts


def hello(engine: TargetEngine, **changes: object) -> Hello:
    fields = {
        "session": SESSION,
        "protocol": PROTOCOL_VERSION,
        "tokenizer": engine.grammar.tokenizer.fingerprint,
        "grammar": GRAMMAR_VERSION,
        "draft": "draft",
    }
    return Hello(**{**fields, **changes})  # type: ignore[arg-type]


def begin(turn: int, **changes: object) -> Begin:
    """A turn that waits for proposals and answers at its exits."""
    fields = {
        "session": SESSION,
        "turn": turn,
        "goal": "sit",
        "last_command": "",
        "outcome": "",
        "temperature": 0.8,
        "top_k": 0,
        "top_p": 1.0,
        "seed": turn,
        "free": False,
        "sources": [],
        "provisional": True,
        "patience": 0.0,
        "lifetime": 600.0,
    }
    return Begin(**{**fields, **changes})  # type: ignore[arg-type]


def free(turn: int, *sources: Source, **changes: object) -> Begin:
    """A turn that goes on by itself, with candidates from these sources."""
    fields = {"free": True, "sources": list(sources), "provisional": False}
    return begin(turn, **{**fields, **changes})


def choices(verdicts: list[Verified]) -> list[int]:
    return [choice for verdict in verdicts for choice in verdict.choices]
