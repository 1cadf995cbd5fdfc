"""A decoder whose text depends on everything that a real one's does, and on nothing else."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

from specedge.commands import Context
from specedge.edge.decoder import (
    TokenEvent,
    TokenKind,
    TokenSource,
    TurnCancelled,
    TurnFailed,
    TurnResult,
    VerifierLost,
)


def command_for(frame: bytes, context: Context, seed: int = 0, temperature: float = 0.0) -> str:
    """Returns a command that a change of any of these changes."""
    told = (frame, context.goal, context.last_command, context.outcome)
    noise = (seed, temperature) if temperature else ()
    number = int.from_bytes(hashlib.sha256(repr((told, noise)).encode()).digest()[:4], "big")
    angle = 5 * (number % 18 + 1)
    return f"red chair: left {angle} deg, 2.5 m; turn left {angle} deg; walk 1.{number % 7} m."


class HashDecoder:
    """A `Decoder` without models.

    Args:
        shift: Added to the seed; another number makes it another model.
        latency: Seconds that it claims to take.
        fails_at: Calls, counted from 0, that fail.
        lost: Whether they fail for want of a verifier.
        after: Called after each call with its number.
    """

    connected = True

    def __init__(
        self,
        shift: str = "",
        latency: float = 0.0,
        fails_at: frozenset[int] = frozenset(),
        after: Callable[[int], None] = lambda call: None,
        *,
        lost: bool = False,
    ) -> None:
        self.contexts: list[Context] = []
        self.frames: list[bytes] = []
        self._shift = shift
        self._latency = latency
        self._fails_at = fails_at
        self._failure = VerifierLost if lost else TurnFailed
        self.after = after

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
        if cancel.is_set():
            raise TurnCancelled("cancelled")
        call = len(self.contexts)
        self.contexts.append(context)
        self.frames.append(frame)
        self.after(call)
        if call in self._fails_at:
            raise self._failure(f"no command for call {call}")
        text = command_for(frame + self._shift.encode(), context, seed, temperature)
        kinds = (TokenKind.DRAFTED, TokenKind.VERIFIED)
        for kind in kinds:
            on_event(TokenEvent(kind, 0, (1,), (text,), (TokenSource.DRAFT,), time=0.01))
        return TurnResult(
            text=text,
            token_ids=(1,),
            latency=self._latency,
            first_action_latency=self._latency / 2.0,
            tokens=10,
            forced=4,
            target_passes=3,
            drafted=8,
            accepted=6,
            bytes_up=100,
            bytes_down=200,
            exit_agreement={1: 0.5},
            target_seconds=self._latency / 4.0,
            round_trip=0.02,
        )

    def close(self) -> None:
        pass
