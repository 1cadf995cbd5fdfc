"""What the verifier knows of each robot, and what is queued for the model."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from specedge.decoding.target import TargetTurn
from specedge.protocol.messages import Begin, Propose


@dataclass
class ServedTurn:
    """One turn of a session.

    Attributes:
        stop: Ends it at the next layer of a pass.
        target: The target's side; None until the prompt has been read.
        streamed: How many choices have been sent, when the verifier goes on by itself.
    """

    begin: Begin
    frame: bytes
    stop: threading.Event = field(default_factory=threading.Event)
    target: TargetTurn | None = None
    streamed: int = 0


@dataclass
class Session:
    """One robot.

    Attributes:
        identity: Of its connection, as ROUTER names it; another one after a reconnect.
        turn: The turn in progress; only the newest is kept.
        heard: Monotonic time of its last message, in seconds.
    """

    name: str
    identity: bytes
    turn: ServedTurn | None = None
    heard: float = field(default_factory=time.monotonic)

    def replace_turn(self, turn: ServedTurn | None) -> None:
        """Ends the turn in progress and puts another in its place."""
        if self.turn is not None:
            self.turn.stop.set()
        self.turn = turn


@dataclass(frozen=True)
class Job:
    """One piece of work for the model: begin the turn, check a proposal, or go on by itself."""

    session: Session
    turn: ServedTurn
    proposal: Propose | None = None


@dataclass
class Counters:
    """What a verifier has seen since its start."""

    turns: int = 0
    passes: int = 0
    stale: int = 0
    malformed: int = 0
    refused: int = 0
