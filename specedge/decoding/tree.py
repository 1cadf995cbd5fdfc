"""Trees of candidates: what the target may say next, in several versions at once."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


class HintSource(enum.IntEnum):
    """Where a choice came from; the numbers are those of the protocol."""

    TARGET = 0
    """The target's own choice: no candidate was right."""
    CLIENT = 1
    """The robot's draft."""
    SELF = 2
    """The target's self-draft."""
    HISTORY = 3
    """The last command, the goal or the text so far."""


@dataclass(frozen=True)
class CandidateTree:
    """Candidates for the choices after a verified text; parents stand before their children.

    Attributes:
        parents: Per node the index of its parent; -1 for the verified text itself.
        tokens: Per node its choice, without what the grammar forces after it.
        sources: Per node who proposed it.
        probabilities: Per node, from 0 to 1, that it follows if its parent stands.
    """

    parents: tuple[int, ...]
    tokens: tuple[int, ...]
    sources: tuple[HintSource, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        lengths = {len(self.parents), len(self.tokens), len(self.sources), len(self.probabilities)}
        if len(lengths) > 1:
            raise ValueError("a tree has a parent, a token, a source and a probability per node")
        for index, parent in enumerate(self.parents):
            if not -1 <= parent < index:
                raise ValueError(f"node {index} has parent {parent}, which is not before it")
        if not all(0.0 <= probability <= 1.0 for probability in self.probabilities):
            raise ValueError("a probability is outside 0 to 1")

    @classmethod
    def chain(
        cls,
        tokens: Sequence[int],
        source: HintSource = HintSource.CLIENT,
        probability: float = 1.0,
    ) -> CandidateTree:
        """Returns the tree in which each token follows the one before."""
        count = len(tokens)
        return cls(
            tuple(range(-1, count - 1)), tuple(tokens), (source,) * count, (probability,) * count
        )

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def expected(self) -> tuple[float, ...]:
        """How many of the first 0, 1, 2, … nodes should stand; ascending.

        A node stands if all on its path do, so these are the sums of the path probabilities.
        """
        paths: list[float] = []
        for parent, probability in zip(self.parents, self.probabilities, strict=True):
            paths.append(probability * (paths[parent] if parent >= 0 else 1.0))
        return tuple(itertools.accumulate(paths, initial=0.0))

    def trunk(self) -> CandidateTree:
        """Returns the chain that takes the likeliest child of every node."""
        nodes: list[int] = []
        while children := [
            node
            for node, parent in enumerate(self.parents)
            if parent == (nodes[-1] if nodes else -1)
        ]:
            nodes.append(max(children, key=lambda node: self.probabilities[node]))
        return CandidateTree(
            tuple(range(-1, len(nodes) - 1)),
            tuple(self.tokens[node] for node in nodes),
            tuple(self.sources[node] for node in nodes),
            tuple(self.probabilities[node] for node in nodes),
        )

    def head(self, size: int) -> CandidateTree:
        """Returns the first ``size`` nodes."""
        return CandidateTree(
            self.parents[:size], self.tokens[:size], self.sources[:size], self.probabilities[:size]
        )


NO_CANDIDATES = CandidateTree((), (), (), ())
