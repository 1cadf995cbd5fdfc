"""When a free-running turn waits for its robot's next hint instead of starting a pass."""

from __future__ import annotations

import enum

from specedge.decoding.costs import RunningEstimate
from specedge.decoding.grammar import GrammarState
from specedge.decoding.tree import CandidateTree, HintSource
from specedge.verifier.calibration import CandidateCalibration

SHOULD_SAVE = 0.2
"""Choices that a hint should add to a pass for it to be waited for."""


class Awaited(enum.Enum):
    """What a hint is the first after."""

    BEGIN = enum.auto()
    """The turn's begin: the robot's draft model reads the frame, too."""
    NEWS = enum.auto()
    """A verdict that left none of the robot's candidates: it drafts anew when it hears."""
    HINT = enum.auto()
    """Another hint: the robot goes on drafting."""


class HintTimes:
    """What is known of one robot's hints, over its turns.

    Attributes:
        delay: Seconds until a hint is here.
        came: Share of the hints waited for that came while they were of use.
    """

    def __init__(self) -> None:
        self.delay = {awaited: RunningEstimate() for awaited in Awaited}
        self.came = {awaited: RunningEstimate() for awaited in Awaited}


class HintClock:
    """Follows the hints of one turn and says until when to wait for the next.

    Args:
        times: What is known of the robot; learns.
        now: When the turn began; like all times here in seconds of the monotonic clock.
    """

    def __init__(self, times: HintTimes, now: float) -> None:
        self._times = times
        self._awaited, self._since = Awaited.BEGIN, now
        self._until: float | None = None

    def hinted(self, now: float) -> None:
        """Notes that a hint with new candidates has come."""
        self._times.delay[self._awaited].add(now - self._since)
        self._times.came[self._awaited].add(1.0)
        self._await(Awaited.HINT, now)

    def told(self, now: float) -> None:
        """Notes that the robot was told what leaves none of its candidates."""
        self._await(Awaited.NEWS, now)

    def wait_until(self, now: float, patience: float, gain: float, pass_seconds: float) -> float:
        """Returns until when to wait for the next hint; ``now`` or before for not at all.

        Waiting w seconds for a hint that saves a share g of a pass is worth it when
        w ≤ g · pass · patience / (1 - patience): never at 0, where it costs nothing in the mean at
        one half, whenever it saves anything at 1.

        Args:
            patience: From 0 to 1.
            gain: Choices that a hint should add to the next pass.
            pass_seconds: What a pass costs.
        """
        delay, came = self._times.delay[self._awaited], self._times.came[self._awaited]
        if self._until is not None:
            if now < self._until:
                return self._until
            came.add(0.0)
            self._until = None
        gain *= came.mean if came.count else 1.0
        due = self._since + delay.mean + delay.deviation
        if delay.count == 0 or due <= now or gain < SHOULD_SAVE:
            return now
        if (due - now) * (1.0 - patience) > gain * pass_seconds * patience:
            return now
        self._until = due
        return due

    def _await(self, awaited: Awaited, now: float) -> None:
        self._awaited, self._since, self._until = awaited, now, None


def hint_gain(tree: CandidateTree, calibration: CandidateCalibration, state: GrammarState) -> float:
    """Returns how many choices the robot's next hint should add to the next pass.

    It adds one where the robot's likeliest branch ends, if all of the branch stands, the hint is
    right, and no candidate covers it yet; nothing where the text ends, too.

    Args:
        tree: What there is, with calibrated probabilities.
        calibration: Of the robot.
        state: The verified text.
    """
    at, survival, branch = -1, 1.0, list[int]()
    while True:
        below = [index for index, parent in enumerate(tree.parents) if parent == at]
        drafted = [index for index in below if tree.sources[index] is HintSource.CLIENT]
        if not drafted:
            break
        at = max(drafted, key=lambda index: tree.probabilities[index])
        survival *= tree.probabilities[at]
        branch.append(tree.tokens[at])
    covered = min(1.0, sum(tree.probabilities[index] for index in below))
    # The robot goes on with its likeliest choice; how sure it is changes slowly along a branch.
    sure = survival ** (1.0 / len(branch)) if branch else calibration.share(HintSource.CLIENT)
    gain = survival * (1.0 - covered) * sure
    return 0.0 if gain < SHOULD_SAVE or _ends(state.fork(), branch) else gain


def _ends(state: GrammarState, branch: list[int]) -> bool:
    for choice in branch:
        if not state.allows(choice):
            return True
        state.choose(choice)
    return state.complete
