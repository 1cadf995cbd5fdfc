"""What a node sees of decoding: one call per turn, events while it runs, a result at its end."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from specedge.commands import Context
from specedge.edge.result import TraceEvent, TraceKind, TurnResult
from specedge.edge.settings import DecoderSettings
from specedge.errors import SpecedgeError
from specedge.protocol.link import VerifierLost, VerifierRefused


class TurnCancelled(SpecedgeError):
    """A turn ended because its cancel event was set."""


class TurnFailed(SpecedgeError):
    """A turn ended without a command; the message says why."""


class DraftLost(SpecedgeError):
    """The draft model's process has ended, or could not load its model."""


class TokenKind(enum.Enum):
    """What became of tokens; the value is its number on the wire (specedge_msgs/Tokens)."""

    DRAFTED = 0
    VERIFIED = 1
    REJECTED = 2


class TokenSource(enum.Enum):
    """Who had a token first; the value is its number on the wire (specedge_msgs/Tokens)."""

    DRAFT = 0
    TARGET = 1
    FORCED = 2
    EXIT = 3
    HISTORY = 4
    SELF = 5


@dataclass(frozen=True)
class TokenEvent:
    """Tokens as they come.

    Attributes:
        position: Absolute position of the first one in the turn's text.
        ids, texts, sources: One each per token.
        exit_layer: The exit that guessed them; -1 for none.
        time: Seconds since the turn began.
    """

    kind: TokenKind
    position: int
    ids: tuple[int, ...]
    texts: tuple[str, ...]
    sources: tuple[TokenSource, ...]
    exit_layer: int = -1
    time: float = 0.0


class Decoder(Protocol):
    """Decodes commands; local, remote and fake ones look alike."""

    @property
    def connected(self) -> bool:
        """Whether the verifier has been heard lately; true when none is needed."""

    @property
    def missing(self) -> str:
        """What a turn would have to wait for before it could begin; "" when it need not."""

    @property
    def impairment(self) -> str:
        """Why turns have to do without something; "" when they have all."""

    def wait_ready(self, *, cancel: threading.Event) -> None:
        """Waits until a turn can begin at once, so that its frame does not grow old.

        Raises:
            TurnCancelled: ``cancel`` was set.
            VerifierLost, VerifierRefused, DraftLost: as `decode` would.
        """

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
        """Decodes one command for one frame; one call at a time.

        Args:
            frame: A JPEG picture.
            context: The goal and the last command.
            seed: Of the turn's noise; the same seed gives the same text.
            temperature: 0 for the likeliest text.
            on_event: Called in the calling thread, first to last.
            cancel: Ends the turn within 20 ms when set.

        Raises:
            TurnCancelled: ``cancel`` was set.
            TurnFailed: the models could not make a command of this frame and goal.
            VerifierLost: the verifier is silent; the robot must not go on.
            VerifierRefused: the verifier does not fit this client.
            DraftLost: the draft model is gone.
        """

    def close(self) -> None:
        """Ends threads and processes of the decoder."""


__all__ = [
    "Decoder",
    "DecoderSettings",
    "DraftLost",
    "TokenEvent",
    "TokenKind",
    "TokenSource",
    "TraceEvent",
    "TraceKind",
    "TurnCancelled",
    "TurnFailed",
    "TurnResult",
    "VerifierLost",
    "VerifierRefused",
]
