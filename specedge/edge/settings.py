"""How commands are decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from specedge.errors import SpecedgeError
from specedge.protocol.endpoint import DEFAULT_ENDPOINT
from specedge.protocol.messages import LARGEST_COUNT, LONGEST_LIFETIME, Source
from specedge.protocol.security import CurveKeys

SOURCES: tuple[Source, ...] = get_args(Source)
"""Where a free-running turn may take candidates from, as the protocol names them."""

LONGEST_GAMMA = 32
"""Choices of the longest proposal."""


class UnknownSource(SpecedgeError):
    """A source of candidates that is none."""


def parse_sources(names: str) -> frozenset[Source]:
    """Reads source names separated by commas; an empty text is no source.

    Raises:
        UnknownSource: one of them is none.
    """
    chosen = {name.strip() for name in names.split(",") if name.strip()}
    for name in sorted(chosen.difference(SOURCES)):
        raise UnknownSource(f"{name!r} is no source of hints; there are {', '.join(SOURCES)}")
    return frozenset(source for source in SOURCES if source in chosen)


@dataclass(frozen=True)
class DecoderSettings:
    """How commands are decoded.

    Attributes:
        mode: One of `specedge.edge.modes.MODES`.
        cloud: ZeroMQ endpoint of the verifier; not used in mode ``edge``.
        draft: Folder or Hugging Face name of the draft model; empty for the nano draft.
        gamma: Choices that are proposed at once, where a mode proposes; 0 to choose the number
            from what link, draft and target are measured to cost.
        sources: Where mode ``streaming`` takes candidates from, of `SOURCES`.
        patience: How long the verifier waits for hints in mode ``streaming``: 0 never, for the
            least latency; 1 wherever a hint should save a pass, for the fewest passes.
        top_k, top_p: What draws are made from; see `specedge.decoding.acceptance.Sampling`.
        draft_threads: CPU threads of the draft model.
        draft_device: Torch device of the draft model.
        draft_quantise: Bits of its weights, as in `specedge.models.placement.Placement`.
        heartbeat, silence: Seconds, as in `specedge.protocol.link.LinkSettings`.
        connect_timeout: Seconds that a turn waits for a session before it counts as lost.
        answer_timeout: Seconds from one verified choice or proposal to the next verified choice,
            whatever else is heard meanwhile.
        resume_timeout: Seconds that a turn under way waits for a lost link to come back, counted
            from when the loss is noticed; 0 gives the turn up at once.
        keys: CURVE keys; None for a link in the clear.
    """

    mode: str = "streaming"
    cloud: str = DEFAULT_ENDPOINT
    draft: str = ""
    gamma: int = 0
    sources: frozenset[Source] = frozenset(SOURCES)
    patience: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    draft_threads: int = 1
    draft_device: str = "cpu"
    draft_quantise: int = 0
    heartbeat: float = 0.1
    silence: float = 0.5
    connect_timeout: float = 2.0
    answer_timeout: float = 30.0
    resume_timeout: float = 0.4
    keys: CurveKeys | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.gamma <= LONGEST_GAMMA:
            raise ValueError(f"gamma {self.gamma} is outside 0 to {LONGEST_GAMMA}")
        if not self.sources <= frozenset(SOURCES):
            raise ValueError(f"sources are some of {', '.join(SOURCES)}")
        if not 0.0 <= self.patience <= 1.0:
            raise ValueError(f"patience {self.patience} is outside 0 to 1")
        if not 0 <= self.top_k <= LARGEST_COUNT or not 0.0 < self.top_p <= 1.0:
            raise ValueError("top_k is 0 for all or a number of tokens, top_p above 0 and up to 1")
        if self.draft_threads < 1:
            raise ValueError("a draft model needs at least one thread")
        if self.connect_timeout <= 0.0 or self.answer_timeout <= 0.0:
            raise ValueError("timeouts are longer than no time")
        if self.answer_timeout > LONGEST_LIFETIME:
            raise ValueError(f"a verifier keeps a turn for at most {LONGEST_LIFETIME:g} s")
        if self.resume_timeout < 0.0:
            raise ValueError("a turn cannot wait less than no time for its link")
