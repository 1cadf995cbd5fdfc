"""Running estimates of what things cost, and what follows from them.

Nothing here is configured: a verifier learns what its passes cost by their size, a robot what its
draft steps and its link cost, and both go on learning, for links and loads change within a run.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

MEMORY = 8
"""Observations after which an estimate has forgotten about two thirds of what was before."""

GROWTH = 0.01
"""Share of a one-token pass that another token is taken to cost until it has been measured. Small,
so that larger passes are tried: what they cost is known afterwards."""

FORGET = 0.5
"""A measured pass size of less weight is forgotten, so that it is tried anew."""
FADE = 1.0 - 1.0 / 64
"""What is left of a pass size's weight when another size has been measured."""

LONGEST_DRAFT = 32
"""Largest draft length that `best_draft_length` returns."""


class RunningEstimate:
    """An exponentially weighted mean with its deviation.

    The first observations weigh the same each, so that the mean has no bias towards a first guess;
    from the ``memory``-th on a new one weighs 1/memory. After the true value has jumped by d, the
    mean is off by at most d (1 - 1/memory)^n after n further observations.

    Attributes:
        mean: Of what was observed; 0 before.
        count: Observations so far.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        if memory < 1:
            raise ValueError("an estimate remembers at least one observation")
        self.mean = 0.0
        self.count = 0
        self._memory = memory
        self._variance = 0.0

    @property
    def deviation(self) -> float:
        """Root of the weighted mean square distance from the mean, in the unit of the mean."""
        return math.sqrt(self._variance)

    def add(self, value: float) -> None:
        """Takes an observation into account.

        Raises:
            ValueError: it is no finite number.
        """
        if not math.isfinite(value):
            raise ValueError(f"{value} cannot be averaged")
        self.count += 1
        weight = 1.0 / min(self.count, self._memory)
        distance = value - self.mean
        self.mean += weight * distance
        self._variance = (1.0 - weight) * (self._variance + weight * distance * distance)


@dataclass
class _Measured:
    """Passes of one size: what they take, and how much that is to be trusted."""

    estimate: RunningEstimate
    weight: float = 0.0


class PassCost:
    """Seconds that a pass takes, by the number of its tokens; never less for more tokens.

    Each size that was measured has a running estimate. Where they contradict the order, they are
    pooled by weight (pool adjacent violators; Ayer et al. 1955), between them it is interpolated,
    beyond them a little growth per token is assumed. Old measurements fade.

    Attributes:
        count: Passes measured so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sizes: dict[int, _Measured] = {}
        self._curve: tuple[list[int], list[float]] = ([], [])

    def add(self, tokens: int, seconds: float) -> None:
        """Notes a pass over so many tokens.

        Raises:
            ValueError: a pass has at least one token and takes some time.
        """
        if tokens < 1 or not 0.0 <= seconds < math.inf:
            raise ValueError(f"a pass over {tokens} tokens in {seconds} s was not measured")
        self.count += 1
        for measured in self._sizes.values():
            measured.weight *= FADE
        here = self._sizes.setdefault(tokens, _Measured(RunningEstimate()))
        here.estimate.add(seconds)
        here.weight = min(here.weight + 1.0, MEMORY)
        self._sizes = {size: m for size, m in self._sizes.items() if m.weight >= FORGET}
        self._curve = self._pool()

    def seconds(self, tokens: int) -> float:
        """Returns what a pass over so many tokens should take; 1 for one token if none is known."""
        sizes, costs = self._curve
        if not sizes:
            return _assumed(tokens)
        if tokens <= sizes[0]:
            return costs[0] * _assumed(tokens) / _assumed(sizes[0])
        if tokens >= sizes[-1]:
            return costs[-1] * _assumed(tokens) / _assumed(sizes[-1])
        right = bisect.bisect_left(sizes, tokens)
        share = (tokens - sizes[right - 1]) / (sizes[right] - sizes[right - 1])
        return costs[right - 1] + share * (costs[right] - costs[right - 1])

    def best_size(
        self,
        expected: Sequence[float],
        *,
        pending: int = 1,
        tokens_each: float = 1.0,
        single: bool = False,
    ) -> int:
        """Returns how many candidates to take into a pass.

        Args:
            expected: Per number of candidates, from 0 on: how many should be accepted; ascending
                (`CandidateTree.expected`).
            pending: Tokens that the pass runs over anyway.
            tokens_each: Tokens per candidate, with what the grammar forces after it.
            single: Whether without candidates those pending are run one by one, a pass for each.

        Returns:
            The number that gives most new choices a second, the target's own included; among
            equals the smallest.
        """
        best, best_rate = 0, 0.0
        for count, accepted in enumerate(expected):
            seconds = self.seconds(pending + round(count * tokens_each))
            if single and count == 0:
                seconds = pending * self.seconds(1)
            rate = (1.0 + accepted) / seconds
            if rate > best_rate:
                best, best_rate = count, rate
        return best

    def _pool(self) -> tuple[list[int], list[float]]:
        sizes = sorted(self._sizes)
        pools: list[tuple[float, float, int]] = []  # mean, weight, sizes in it
        for size in sizes:
            measured = self._sizes[size]
            mean, weight, count = max(measured.estimate.mean, 1e-9), measured.weight, 1
            while pools and pools[-1][0] >= mean:
                before, before_weight, before_count = pools.pop()
                mean = (mean * weight + before * before_weight) / (weight + before_weight)
                weight, count = weight + before_weight, count + before_count
            pools.append((mean, weight, count))
        return sizes, [mean for mean, _, count in pools for _ in range(count)]


def best_draft_length(
    acceptance: float, round_trip: float, pass_seconds: float, draft_seconds: float
) -> int:
    """Returns how many choices to draft before each verification when one waits for the other.

    With acceptance a per choice, g drafted choices give (1 - a^(g+1)) / (1 - a) new ones in
    g · draft + pass + round trip seconds (Leviathan et al. 2023, with the link's delay added);
    the best g grows with the logarithm of the delay, as UCB-SpecStop (arXiv:2606.20591) finds.

    Args:
        acceptance: Share of drafted choices that the target takes, 0 to 1.
        round_trip: Seconds to the verifier and back, without its pass.
        pass_seconds: Seconds of a pass.
        draft_seconds: Seconds of a draft step.

    Returns:
        1 to `LONGEST_DRAFT`.
    """
    if not 0.0 <= acceptance <= 1.0 or min(round_trip, pass_seconds, draft_seconds) < 0.0:
        raise ValueError("acceptance is a share, and times are not negative")
    best, best_rate, new = 1, 0.0, 1.0
    for length in range(1, LONGEST_DRAFT + 1):
        new += acceptance**length
        rate = new / max(length * draft_seconds + pass_seconds + round_trip, 1e-9)
        if rate > best_rate:
            best, best_rate = length, rate
    return best


def _assumed(tokens: int) -> float:
    return 1.0 + GROWTH * (tokens - 1)
