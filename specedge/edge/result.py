"""What one turn gave, what it cost, and when what happened."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class TraceKind(str, enum.Enum):
    """What a `TraceEvent` tells of; all of it as the robot saw it."""

    BEGUN = "begun"
    """The frame went to the verifier."""
    DRAFTED = "drafted"
    """A step of the draft model ended, after ``seconds``."""
    HINTED = "hinted"
    """Hints left."""
    PROPOSED = "proposed"
    """A proposal left."""
    EXPECTED = "expected"
    """An exit's guess came in."""
    VERIFIED = "verified"
    """A verdict came in; its passes took ``seconds``."""
    REBASED = "rebased"
    """The draft was contradicted and goes on elsewhere."""
    LOST = "lost"
    """The link to the verifier went down."""
    RESUMED = "resumed"
    """The link is up again."""


@dataclass(frozen=True)
class TraceEvent:
    """One point of a turn's timeline.

    Attributes:
        time: Seconds since the turn began.
        version: Verified choices at that time.
        first: Number of choices before those that it is about.
        count: How many choices it is about.
        seconds: Length of what ended then: a draft step, or the target's passes.
        queued: Seconds that the verifier did not work on the turn before those passes.
        layer: Exit of the target; -1 for none.
    """

    time: float
    kind: TraceKind
    version: int
    first: int = 0
    count: int = 0
    seconds: float = 0.0
    queued: float = 0.0
    layer: int = -1


class Miss(str, enum.Enum):
    """Why a verdict found no draft that was ready for it."""

    NOT_PREDICTED = "not predicted"
    """Nothing named it as an outcome."""
    NOT_IN_TIME = "not in time"
    """It was named, but not yet drafted for when the verdict came."""
    EVICTED = "evicted"
    """It was about to be drafted for when likelier outcomes took its place."""


@dataclass(frozen=True)
class TurnResult:
    """One decoded command and what it cost.

    Attributes:
        text: The command.
        token_ids: Its tokens, forced ones included.
        latency: Seconds to the last token from when models and session were ready for the frame.
        first_action_latency: Seconds until the first action was verified.
        tokens: Number of tokens; ``forced`` of them needed no model.
        target_passes: Passes of the target after the one that read the prompt.
        drafted, accepted: Drafted choices that were sent to the verifier, and that stood.
        cache_hits, cache_misses: Verdicts that had been drafted for in advance, and that had not.
        bytes_up, bytes_down: On the wire, the image and heartbeats left out.
        exit_agreement: Per exit layer, the share of its guesses that the verdict confirmed.
        stale: Messages dropped because their turn or version was over.
        target_seconds: Time that the target worked on the turn, as the verifier measured it.
        target_tokens: Tokens that its passes ran over; those of the prompt left out.
        hints_sent: Choices among ``drafted`` that were sent as hints.
        wasted: Choices sent for nothing: wrong, or right and too late.
        idle: Seconds in which the draft model had nothing to do.
        miss_causes: How often each `Miss` was the cause of a cache miss.
        sources: Verified tokens by who had them first, as `TokenSource` names it in lower case.
        round_trip: Seconds to the verifier and back, as heartbeats measured it; 0 if unknown.
        resumes: How often the link came back within the turn.
        trace: What happened when, in order.
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
    target_tokens: int = 0
    hints_sent: int = 0
    wasted: int = 0
    idle: float = 0.0
    miss_causes: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    round_trip: float = 0.0
    resumes: int = 0
    trace: tuple[TraceEvent, ...] = field(default=(), repr=False)

    @property
    def acceptance(self) -> float:
        """Share of the drafted choices that stood; 0 when none was drafted."""
        return self.accepted / self.drafted if self.drafted else 0.0
