"""What a node sees of decoding: one call per turn, events while it runs, a result at its end."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from specedge.commands import Context
from specedge.errors import SpecedgeError
from specedge.protocol.link import VerifierLost, VerifierRefused
from specedge.protocol.security import CurveKeys


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


@dataclass(frozen=True)
class TurnResult:
    """One decoded command and what it cost.

    Attributes:
        text: The command.
        token_ids: Its tokens, forced ones included.
        latency: Seconds from the call to the last token.
        first_action_latency: Seconds until the first action was verified.
        tokens: Number of tokens; ``forced`` of them needed no model.
        target_passes: Passes of the target after the one that read the prompt.
        drafted, accepted: Drafted choices that were sent to the verifier, and that stood.
        cache_hits, cache_misses: Verdicts that had been drafted for in advance, and that had not.
        bytes_up, bytes_down: On the wire, the image and heartbeats left out.
        exit_agreement: Per exit layer, the share of its guesses that the verdict confirmed.
        stale: Messages dropped because their turn or version was over.
        target_seconds: Time that the target worked on proposals, as the verifier measured it.
    """

    text: str
    token_ids: tuple[int, ...]
    latency: float
    first_action_latency: float
    tokens: int
    forced: int
    target_passes: int = 0
    drafted: int = 0
    accepted: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    exit_agreement: dict[int, float] = field(default_factory=dict)
    stale: int = 0
    target_seconds: float = 0.0

    @property
    def acceptance(self) -> float:
        """Share of the drafted choices that stood; 0 when none was drafted."""
        return self.accepted / self.drafted if self.drafted else 0.0


@dataclass(frozen=True)
class DecoderSettings:
    """How commands are decoded.

    Attributes:
        mode: One of `specedge.decoding.modes.MODES`.
        cloud: ZeroMQ endpoint of the verifier; not used in mode ``edge``.
        draft: Folder or Hugging Face name of the draft model; empty for the nano draft.
        gamma: Choices that are drafted for one verification.
        draft_threads: CPU threads of the draft model.
        draft_device: Torch device of the draft model.
        heartbeat, silence: Seconds, as in `specedge.protocol.link.LinkSettings`.
        connect_timeout: Seconds that a turn waits for a session before it counts as lost.
        answer_timeout: Seconds within which the verifier or the draft must answer.
        keys: CURVE keys; None for a link in the clear.
    """

    mode: str = "preemptive"
    cloud: str = "tcp://127.0.0.1:5555"
    draft: str = ""
    gamma: int = 4
    draft_threads: int = 1
    draft_device: str = "cpu"
    heartbeat: float = 0.1
    silence: float = 0.5
    connect_timeout: float = 2.0
    answer_timeout: float = 30.0
    keys: CurveKeys | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.gamma <= 32:
            raise ValueError(f"gamma {self.gamma} is outside 1 to 32")
        if self.draft_threads < 1:
            raise ValueError("a draft model needs at least one thread")
        if self.connect_timeout <= 0.0 or self.answer_timeout <= 0.0:
            raise ValueError("timeouts are longer than no time")


class Decoder(Protocol):
    """Decodes commands; local, remote and fake ones look alike."""

    @property
    def connected(self) -> bool:
        """Whether the verifier has been heard lately; true when none is needed."""

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
    "TurnCancelled",
    "TurnFailed",
    "TurnResult",
    "VerifierLost",
    "VerifierRefused",
]
