"""What all turns of a verifier share."""

from __future__ import annotations

from dataclasses import dataclass, field

from specedge.decoding.costs import PassCost
from specedge.decoding.target import TargetEngine
from specedge.verifier.sources import CandidateSource


@dataclass
class Counters:
    """What a verifier has seen since its start.

    Attributes:
        turns: Turns begun.
        passes: Passes of the target, prompts not counted.
        stale: Messages that came too late, twice, or about turns that are not there.
        malformed: Messages that are none.
        refused: Sessions that were not opened.
        dropped_hints: Candidates of robots whose parent is unknown or contradicted, and those
            beyond what a turn keeps.
    """

    turns: int = 0
    passes: int = 0
    stale: int = 0
    malformed: int = 0
    refused: int = 0
    dropped_hints: int = 0


@dataclass(frozen=True)
class Served:
    """What all turns of a verifier share; all but the counters is the model thread's.

    Attributes:
        engine: The target.
        self_draft: The target's own draft; None when it has none.
        pass_cost: What its passes take.
    """

    engine: TargetEngine
    self_draft: CandidateSource | None = None
    counters: Counters = field(default_factory=Counters)
    pass_cost: PassCost = field(default_factory=PassCost)
