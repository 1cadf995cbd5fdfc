"""What a turn has cost so far."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field

from specedge.commands import CommandError, first_action
from specedge.decoding.grammar import GrammarState
from specedge.edge.decoder import TurnResult
from specedge.protocol.messages import Provisional, Verified


@dataclass
class Account:
    """Counts of one turn; the fields are those of `TurnResult`."""

    started: float = field(default_factory=time.monotonic)
    drafted: int = 0
    accepted: int = 0
    target_passes: int = 0
    target_seconds: float = 0.0
    cache_hits: int = 0
    cache_misses: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    stale: int = 0
    _guesses: list[Provisional] = field(default_factory=list)
    _right: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    _first_action: float | None = None
    _last: float = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the turn began."""
        return time.monotonic() - self.started

    def guess(self, guess: Provisional) -> None:
        """Notes what an exit expects."""
        self._guesses.append(guess)

    def settle(self, verdict: Verified) -> None:
        """Notes a verdict, and which exits had expected it."""
        self.accepted += verdict.accepted
        self.target_passes += verdict.passes
        self.target_seconds += verdict.seconds
        for guess in self._guesses:
            right = (guess.accepted, guess.token) == (verdict.accepted, verdict.token)
            self._right[guess.layer].append(right)
        self._guesses.clear()

    def verified(self, state: GrammarState, complete: bool) -> None:
        """Notes the times at which parts of the text are verified."""
        self._last = self.elapsed
        if self._first_action is None:
            self._first_action = self._last if complete or _has_action(state.text()) else None

    def result(self, state: GrammarState) -> TurnResult:
        """Returns the account of a complete text."""
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
            cache_misses=self.cache_misses,
            bytes_up=self.bytes_up,
            bytes_down=self.bytes_down,
            exit_agreement={layer: sum(r) / len(r) for layer, r in sorted(self._right.items())},
            stale=self.stale,
            target_seconds=self.target_seconds,
        )


def _has_action(text: str) -> bool:
    try:
        return first_action(text) is not None
    except CommandError:
        return False
