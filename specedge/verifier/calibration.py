"""How often candidates come true, by who proposed them and how likely they were said to be."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from specedge.decoding.costs import RunningEstimate
from specedge.decoding.tree import CandidateTree, HintSource

BOUNDS = (0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99)
"""Between these, stated probabilities are held to be alike; closer where drafts are sure."""
BELIEVED = 4.0
"""Observations that what a source states itself counts for."""
REMEMBERED = 32
"""Observations after which earlier ones fade; sources change with goal and surroundings."""
UNKNOWN = 0.5
"""Share that a source of which nothing is known is taken to be right in."""


class CandidateCalibration:
    """Running shares of candidates that came true, of one robot."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[HintSource, int], RunningEstimate] = {}
        self._sources: dict[HintSource, RunningEstimate] = {}

    def probability(self, source: HintSource, stated: float) -> float:
        """Returns how likely a candidate is whose source states a probability, from 0 to 1."""
        estimate = self._buckets.get((source, bisect.bisect(BOUNDS, stated)))
        if estimate is None:
            return stated
        weight = BELIEVED + estimate.count
        return (BELIEVED * stated + estimate.count * estimate.mean) / weight

    def share(self, source: HintSource) -> float:
        """Returns the share of a source's candidates that come true if their parents do."""
        estimate = self._sources.get(source)
        return UNKNOWN if estimate is None else estimate.mean

    def calibrate(self, tree: CandidateTree) -> CandidateTree:
        """Returns the same candidates with calibrated probabilities, likeliest path first."""
        likely = [
            self.probability(source, stated)
            for source, stated in zip(tree.sources, tree.probabilities, strict=True)
        ]
        paths: list[float] = []
        for parent, probability in zip(tree.parents, likely, strict=True):
            paths.append(probability * (paths[parent] if parent >= 0 else 1.0))
        # The sort is stable, and no path is likelier than its parent's: parents stay before.
        order = sorted(range(len(tree)), key=lambda index: -paths[index])
        place = {old: new for new, old in enumerate(order)} | {-1: -1}
        return CandidateTree(
            tuple(place[tree.parents[index]] for index in order),
            tuple(tree.tokens[index] for index in order),
            tuple(tree.sources[index] for index in order),
            tuple(likely[index] for index in order),
        )

    def observe(self, tree: CandidateTree, choices: Sequence[int]) -> None:
        """Learns from what became verified which of the candidates were right.

        Args:
            tree: Candidates with the probabilities that their sources stated, whether or not they
                were in a pass.
            choices: What was verified after them.
        """
        parent = -1
        for choice in choices:
            right = -1
            for index, above in enumerate(tree.parents):
                if above == parent:
                    stands = tree.tokens[index] == choice
                    right = index if stands else right
                    self._note(tree.sources[index], tree.probabilities[index], stands)
            if right < 0:
                return
            parent = right

    def _note(self, source: HintSource, stated: float, stands: bool) -> None:
        bucket = (source, bisect.bisect(BOUNDS, stated))
        for estimate in (
            self._buckets.setdefault(bucket, RunningEstimate(REMEMBERED)),
            self._sources.setdefault(source, RunningEstimate(REMEMBERED)),
        ):
            estimate.add(float(stands))
