"""What a verifier learns about one robot over its turns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from specedge.decoding.costs import RunningEstimate
from specedge.decoding.tree import HintSource
from specedge.verifier.calibration import CandidateCalibration
from specedge.verifier.patience import HintTimes

TRIED = 4
"""Times that a source is asked before it is judged."""
TRY_AGAIN = 16
"""A source that is not worth its time is asked every so many passes all the same."""


class SourceWorth:
    """Whether a source of candidates saves more time than it takes."""

    def __init__(self) -> None:
        self._seconds, self._gained = RunningEstimate(), RunningEstimate(2 * TRY_AGAIN)
        self._passed_over = 0

    def worth_asking(self, pass_seconds: float) -> bool:
        """Whether to ask it for the next pass.

        Args:
            pass_seconds: What a choice costs that no candidate gives.
        """
        if (
            self._seconds.count < TRIED
            or self._gained.mean * pass_seconds >= self._seconds.mean
            or self._passed_over >= TRY_AGAIN
        ):
            self._passed_over = 0
            return True
        self._passed_over += 1
        return False

    def asked(self, seconds: float) -> None:
        """Notes how long it took to propose."""
        self._seconds.add(seconds)

    def gave(self, choices: int) -> None:
        """Notes how many choices of a pass were its candidates."""
        self._gained.add(choices)


@dataclass(frozen=True)
class RobotEstimates:
    """Running estimates of one robot; only the model thread uses them.

    Attributes:
        calibration: How often candidates come true.
        hint_times: When the robot's hints come.
        worth: What the sources that the verifier asks itself are worth.
    """

    calibration: CandidateCalibration = field(default_factory=CandidateCalibration)
    hint_times: HintTimes = field(default_factory=HintTimes)
    worth: defaultdict[HintSource, SourceWorth] = field(
        default_factory=lambda: defaultdict(SourceWorth)
    )
