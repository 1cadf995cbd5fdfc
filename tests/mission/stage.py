"""A decoder that follows a script, and legs that obey at once."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from specedge.commands import Context
from specedge.edge.decoder import (
    TokenEvent,
    TokenKind,
    TokenSource,
    TurnCancelled,
    TurnResult,
    VerifierLost,
)
from specedge.mission.latest import Latest
from specedge.mission.news import Frame, MissionStatus, MotionNews, Spoken

WAIT = 10.0


def verified(position: int, *texts: str) -> TokenEvent:
    count = len(texts)
    return TokenEvent(
        TokenKind.VERIFIED, position, tuple(range(count)), texts, (TokenSource.TARGET,) * count
    )


@dataclass
class ScriptedDecoder:
    """Says its lines one after the other; an exception is raised, None waits to be cancelled."""

    lines: list[str | Exception | None]
    contexts: list[Context] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    began: threading.Event = field(default_factory=threading.Event)
    closed: bool = False
    connected: bool = True
    missing: str = ""
    impairment: str = ""
    ready: threading.Event = field(default_factory=threading.Event)
    unreachable: int = 0

    def __post_init__(self) -> None:
        if not self.missing:
            self.ready.set()

    def wait_ready(self, *, cancel: threading.Event) -> None:
        if self.unreachable:
            self.unreachable -= 1
            raise VerifierLost("the verifier is silent; is it running?")
        deadline = time.monotonic() + WAIT
        while not self.ready.wait(0.01):
            assert time.monotonic() < deadline, "nobody made it ready"
            if cancel.is_set():
                raise TurnCancelled("cancelled")

    def decode(
        self,
        frame: bytes,
        context: Context,
        *,
        seed: int,
        temperature: float,
        on_event: Callable[[TokenEvent], None],
        cancel: threading.Event,
    ) -> TurnResult:
        self.contexts.append(context)
        self.frames.append(frame)
        line = self.lines.pop(0)
        self.began.set()
        if line is None:
            assert cancel.wait(WAIT), "nobody cancelled"
            raise TurnCancelled("cancelled")
        if isinstance(line, Exception):
            raise line
        for position, word in enumerate(line):
            on_event(verified(position, word))
        return TurnResult(line, tuple(range(len(line))), 0.5, 0.2, len(line), 0, target_passes=3)

    def close(self) -> None:
        self.closed = True


class ObedientLegs:
    """Hears what a mission says, and as the motion controller reports each command as done."""

    def __init__(self, outcomes: dict[str, str] | None = None) -> None:
        self.frames: Latest[Frame] = Latest()
        self.motion: Latest[MotionNews] = Latest()
        self.commands: list[Spoken] = []
        self.statuses: list[MissionStatus] = []
        self.told: queue.SimpleQueue[MissionStatus] = queue.SimpleQueue()
        self.events: list[tuple[int, TokenEvent]] = []
        self.outcomes = outcomes or {}
        self.obeys = True
        self.state = "ready"
        self.pictures = 0
        self.report("ready")
        self.take_picture()

    def take_picture(self) -> None:
        self.pictures += 1
        self.frames.put(Frame(b"picture %d" % self.pictures, time.time()))

    def report(self, state: str, goal: str = "", turn: int = 0, outcome: str = "") -> None:
        self.motion.put(MotionNews(time.time(), state, goal, turn, outcome))

    def command(self, spoken: Spoken) -> None:
        self.commands.append(spoken)
        if spoken.complete and self.obeys:
            outcome = self.outcomes.get(spoken.text, "ok")
            self.report(self.state, spoken.goal.id, spoken.turn, outcome)
            self.take_picture()

    def tokens(self, turn: int, stamp: float, event: TokenEvent) -> None:
        self.events.append((turn, event))

    def status(self, status: MissionStatus) -> None:
        self.statuses.append(status)
        self.told.put(status)

    def wait_for(self, *states: str) -> MissionStatus:
        """Returns the next status with one of the states."""
        deadline = time.monotonic() + WAIT
        while True:
            status = self.told.get(timeout=max(0.01, deadline - time.monotonic()))
            if status.state.value in states:
                return status
