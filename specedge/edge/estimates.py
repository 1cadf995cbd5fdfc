"""What a robot has measured of its link, its draft and the verifier; outlives turns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from specedge.decoding.costs import LONGEST_DRAFT, RunningEstimate, best_draft_length
from specedge.protocol.messages import Verified

BINS = 10
"""Ranges of a draft's probabilities that are calibrated apart."""
PRIOR = 8.0
"""Observations that a draft's own probability weighs as much as."""
FADE = 1.0 - 1.0 / 256
"""What is left of a calibration's observation when the next one is made."""
UNMEASURED_LENGTH = 4
"""Choices of a proposal until the costs have been measured."""


class Calibration:
    """Corrects a model's probabilities by what became of earlier ones.

    Per range of probabilities: (n̂ right + `PRIOR` · p) / (n̂ seen + `PRIOR`), where n̂ counts with
    the weight that time has left. So an unmeasured model is believed, a measured one is not.
    """

    def __init__(self) -> None:
        self._seen = [0.0] * BINS
        self._right = [0.0] * BINS

    def __call__(self, probability: float) -> float:
        """Returns how likely a choice is that the model gives this probability."""
        at = _bin(probability)
        return (self._right[at] + PRIOR * probability) / (self._seen[at] + PRIOR)

    def observe(self, probability: float, right: bool) -> None:
        """Notes whether such a choice was the target's."""
        at = _bin(probability)
        self._seen[at] = FADE * self._seen[at] + 1.0
        self._right[at] = FADE * self._right[at] + float(right)


class EdgeEstimates:
    """Running estimates of one robot.

    Args:
        round_trip: Returns the seconds to the verifier and back, as the link measures them.

    Attributes:
        step: Seconds of a draft step.
        passes: Seconds of a target pass.
        period: Seconds from one pass to the next, with what the turn waits between them.
        alone: New choices of a pass that were not the robot's; what the verifier does by itself.
        acceptance: Share of the draft's first choices that are the target's.
        first, others: Calibrations of the draft's first choice and of the runners-up.
        exits: Calibrations of the target's exits, by layer.
    """

    def __init__(self, round_trip: Callable[[], float] = lambda: 0.0) -> None:
        self._round_trip = round_trip
        self.step = RunningEstimate()
        self.passes = RunningEstimate()
        self.period = RunningEstimate()
        self.alone = RunningEstimate()
        self.acceptance = RunningEstimate(memory=64)
        self.first, self.others = Calibration(), Calibration()
        self.exits: dict[int, Calibration] = defaultdict(Calibration)

    @property
    def round_trip(self) -> float:
        """Seconds to the verifier and back; 0 if not known."""
        return self._round_trip()

    def verified(self, verdict: Verified, alone: int) -> None:
        """Notes what passes took, and that ``alone`` of the choices were not the robot's."""
        if verdict.passes:
            self.passes.add(verdict.seconds / verdict.passes)
            self.period.add((verdict.seconds + verdict.queued) / verdict.passes)
            self.alone.add(alone / verdict.passes)

    def drafted(self, rank: int, probability: float, right: bool) -> None:
        """Notes whether the draft's choice of that rank, from 0, was the target's."""
        if rank == 0:
            self.acceptance.add(float(right))
            self.first.observe(probability, right)
        else:
            self.others.observe(probability, right)

    def likely(self, rank: int, probability: float) -> float:
        """Returns the calibrated probability of the draft's choice of that rank, from 0."""
        return (self.others if rank else self.first)(probability)

    @property
    def guesses_pay(self) -> bool:
        """Whether an exit's guess is early enough to redirect a draft step.

        A guess comes some half of a pass before the verdict, and it costs the verifier time.
        """
        return bool(self.step.count) and self.passes.mean / 2.0 > self.step.mean

    def best_length(self, ready: int = 0) -> int:
        """Returns how many choices to propose at once when ``ready`` of them are drafted already.

        The best of `best_draft_length` if nothing is ready. What is ready costs no time, so that
        the best number is not below it; one more is drafted if that raises new choices a second,
        (1 - a^(g+1)) / (1 - a) in (g - ready) · draft + pass + round trip seconds.
        """
        if not (self.step.count and self.passes.count and self.acceptance.count):
            return max(ready, UNMEASURED_LENGTH)
        acceptance, step = self.acceptance.mean, self.step.mean
        away = self.round_trip + self.passes.mean
        if ready == 0:
            return best_draft_length(acceptance, self.round_trip, self.passes.mean, step)
        best, best_rate = ready, 0.0
        for length in range(ready, LONGEST_DRAFT + 1):
            new = sum(acceptance**power for power in range(length + 1))
            rate = new / max((length - ready) * step + away, 1e-9)
            if rate > best_rate:
                best, best_rate = length, rate
        return best


def _bin(probability: float) -> int:
    return min(int(probability * BINS), BINS - 1)
