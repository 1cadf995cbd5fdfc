"""How far ahead of the verifier it is worth drafting: the delay-aware stopping rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from specedge.edge.estimates import EdgeEstimates

EFFORT = 0.25
"""Seconds of passes that a second of drafting should save at least."""
LEAST, MOST = 0.02, 0.1
"""Bounds of the survival below which nothing is drafted."""

UNMEASURED = 0.8
"""Share of right choices that a draft is taken to have before it is measured."""
HOPE, SUREST = 0.4, 0.98
"""Bounds of that share: a draft that was wrong for a while is tried again, and measured again."""

MOST_STEPS = 32
"""Draft steps that are asked for at once."""


@dataclass(frozen=True)
class Horizon:
    """What the robot knows of a free-running verifier at one moment.

    **In time.** The last word of the verifier was that ``version`` choices stand, and it came
    ``waited`` = w seconds ago. The pass that it began then ends ρ = max(0, P - w) seconds after the
    moment that the robot's knowledge is of, which is half a round trip ago; a pass follows every P
    seconds. A choice that is drafted j steps of d seconds from now reaches the verifier
    a = R + j·d seconds after that moment, R being the round trip. By then at least

        n = 1 + ⌊max(0, a - ρ) / P⌋

    passes have begun, and without any help each gives s ≥ 1 new choices. So the k-th choice of the
    text can be of use only if k > version + n·s. s is taken a deviation below its mean, because a
    choice that comes too late costs little and one that is missing costs a pass.

    **Likely enough.** A choice matters if all on its path come true. Its survival S is the product
    of the calibrated probabilities on the path; j steps further it should be S·a^j, with the
    share a of drafted choices that turned out right lately. A step of d seconds that saves a pass
    with probability S saves S·P seconds, so nothing is drafted where S < ε = `EFFORT`·d/P, within
    `LEAST` and `MOST`: the longer the passes, the less likely a choice may be.

    A path is drafted on while at least one choice within the second limit passes the first: a
    draft that is faster than the verifier may be late now and catch up.

    Attributes:
        version: Verified choices by the verifier's last word.
        waited: Seconds since then; None before its first word, when nothing is late.
        round_trip: R, seconds.
        period: P, seconds; 0 if not known, when nothing is late.
        alone: s, choices per pass.
        step: d, seconds.
        acceptance: a.
        least: ε.
    """

    version: int
    waited: float | None
    round_trip: float
    period: float
    alone: float
    step: float
    acceptance: float
    least: float

    @classmethod
    def now(cls, version: int, waited: float | None, estimates: EdgeEstimates) -> Horizon:
        """Returns the horizon by what has been measured."""
        alone = estimates.alone
        measured = estimates.acceptance
        period = estimates.period.mean
        least = EFFORT * estimates.step.mean / period if period > 0.0 else LEAST
        return cls(
            version,
            waited,
            estimates.round_trip,
            period,
            max(1.0, alone.mean - alone.deviation),
            estimates.step.mean,
            min(SUREST, max(HOPE, measured.mean)) if measured.count else UNMEASURED,
            min(MOST, max(LEAST, least)),
        )

    def passed(self, steps: int = 0) -> float:
        """Returns how many choices the verifier has when a choice drafted then reaches it."""
        if self.waited is None or self.period <= 0.0:
            return self.version
        rest = max(0.0, self.period - self.waited)
        late = max(0.0, self.round_trip + steps * self.step - rest)
        return self.version + self.alone * (1 + math.floor(late / self.period))

    def steps(self, depth: int, survival: float) -> int:
        """Returns how many steps to draft on; 0 when it is not worth it.

        Args:
            depth: Choices of the text so far, those that are not verified included.
            survival: Probability that all of them come true.
        """
        if survival < self.least:
            return 0
        furthest = 1
        if self.acceptance > self.least:
            furthest += math.floor(math.log(self.least / survival) / math.log(self.acceptance))
        furthest = min(furthest, MOST_STEPS)
        in_time = any(depth + step > self.passed(step) for step in range(1, furthest + 1))
        return furthest if in_time else 0
