"""What a turn has cost so far."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from specedge.commands import CommandError, first_action
from specedge.edge.decoder import TokenSource
from specedge.edge.result import Miss, TraceEvent, TraceKind, TurnResult
from specedge.edge.verified import VerifiedText
from specedge.protocol.messages import Provisional, Verified

CLIENT = 1
"""Source of the choices that the robot had first, in `Verified`."""


@dataclass
class Account:
    """Counts of one turn; the fields are those of `TurnResult`."""

    started: float = field(default_factory=time.monotonic)
    drafted: int = 0
    accepted: int = 0
    hints_sent: int = 0
    target_passes: int = 0
    target_seconds: float = 0.0
    target_tokens: int = 0
    cache_hits: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    stale: int = 0
    resumes: int = 0
    version: int = 0
    misses: dict[Miss, int] = field(default_factory=lambda: defaultdict(int))
    trace: list[TraceEvent] = field(default_factory=list)
    _guesses: list[Provisional] = field(default_factory=list)
    _right: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    _first_action: float | None = None
    _last: float = 0.0
    _idle: float = 0.0
    _idle_since: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the turn began."""
        return time.monotonic() - self.started

    def note(
        self,
        kind: TraceKind,
        first: int = 0,
        count: int = 0,
        seconds: float = 0.0,
        queued: float = 0.0,
        layer: int = -1,
    ) -> None:
        """Adds to the trace; arguments as the fields of `TraceEvent`."""
        self.trace.append(
            TraceEvent(self.elapsed, kind, self.version, first, count, seconds, queued, layer)
        )

    def drafting(self, busy: bool) -> None:
        """Notes that the draft model has something to do from now on, or nothing."""
        if busy and self._idle_since is not None:
            self._idle += self.elapsed - self._idle_since
            self._idle_since = None
        elif not busy and self._idle_since is None:
            self._idle_since = self.elapsed

    def has_guess(self, layer: int) -> bool:
        """Whether this exit has said already what it expects of the next verdict."""
        return any(guess.layer == layer for guess in self._guesses)

    def guess(self, guess: Provisional) -> None:
        """Notes what an exit expects."""
        self._guesses.append(guess)
        self.note(TraceKind.EXPECTED, guess.version, len(guess.choices), layer=guess.layer)

    def verdict(
        self, verdict: Verified, choices: Sequence[int], sources: Sequence[int]
    ) -> list[Provisional]:
        """Notes a verdict and which exits had expected it; returns all that was expected.

        Args:
            verdict: The message.
            choices, sources: What of it is new.
        """
        self.accepted += sum(source == CLIENT for source in sources)
        self.target_passes += verdict.passes
        self.target_seconds += verdict.seconds
        if verdict.passes:
            # The passes before the last came to no choice: those read one token each.
            self.target_tokens += verdict.tokens + verdict.passes - 1
        guesses, self._guesses = self._guesses, []
        for guess in guesses:
            self._right[guess.layer].append(list(guess.choices) == list(choices))
        first = verdict.version + len(verdict.choices) - len(choices)
        self.note(TraceKind.VERIFIED, first, len(choices), verdict.seconds, verdict.queued)
        return guesses

    def verified(self, text: VerifiedText) -> None:
        """Notes the times at which parts of the text are verified."""
        self.version = len(text.state.choices)
        self._last = self.elapsed
        if self._first_action is None and (text.state.complete or _has_action(text.state.text())):
            self._first_action = self._last

    def result(self, text: VerifiedText, round_trip: float) -> TurnResult:
        """Returns the account of a complete text."""
        state = text.state
        self.drafting(busy=True)
        return TurnResult(
            text=state.text(),
            token_ids=tuple(state.tokens),
            latency=self._last,
            first_action_latency=self._last if self._first_action is None else self._first_action,
            tokens=len(state.tokens),
            forced=len(state.tokens) - len(state.choices),
            target_passes=self.target_passes,
            drafted=self.drafted,
            accepted=self.accepted,
            cache_hits=self.cache_hits,
            cache_misses=sum(self.misses.values()),
            bytes_up=self.bytes_up,
            bytes_down=self.bytes_down,
            exit_agreement={layer: sum(r) / len(r) for layer, r in sorted(self._right.items())},
            stale=self.stale,
            target_seconds=self.target_seconds,
            target_tokens=self.target_tokens,
            hints_sent=self.hints_sent,
            wasted=max(0, self.drafted - self.accepted),
            idle=self._idle,
            miss_causes={cause.value: self.misses[cause] for cause in Miss},
            sources={
                source.name.lower(): text.sources[source]
                for source in TokenSource
                if text.sources[source]
            },
            round_trip=round_trip,
            resumes=self.resumes,
            trace=tuple(self.trace),
        )


def _has_action(text: str) -> bool:
    try:
        return first_action(text) is not None
    except CommandError:
        return False
