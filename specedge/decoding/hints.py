"""The candidates of one turn, from all who propose some, merged while the text grows."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from specedge.decoding.tree import CandidateTree, HintSource
from specedge.errors import SpecedgeError

MOST_NODES = 1024
"""Candidates that a turn keeps: some four of the longest hints, far more than one pass can try."""


class HintRefused(SpecedgeError):
    """A candidate that is not kept: its parent is unknown or cannot come true, or all is full."""


@dataclass
class _Node:
    token: int
    probability: float
    source: HintSource
    children: dict[int, int] = field(default_factory=dict)


class HintTrie:
    """Candidates as a trie over choices, with a pointer to the last verified choice.

    Nodes are named by numbers that are never used again. What can no longer come true is
    forgotten; nodes of the verified text stay, so that a late hint which starts at an earlier
    version still finds its place.
    """

    def __init__(self) -> None:
        self._nodes = {0: _Node(-1, 1.0, HintSource.TARGET)}
        self._verified = [0]
        self._next = 1

    @property
    def version(self) -> int:
        """Number of verified choices."""
        return len(self._verified) - 1

    @property
    def candidates(self) -> int:
        """Number of candidates that are kept."""
        return len(self._nodes) - len(self._verified)

    def after_verified(self, count: int) -> int:
        """Returns the node after the first ``count`` verified choices.

        Raises:
            HintRefused: so many are not verified yet.
        """
        if not 0 <= count < len(self._verified):
            raise HintRefused(f"{self.version} choices are verified, not {count}")
        return self._verified[count]

    def add(self, parent: int, token: int, probability: float, source: HintSource) -> int:
        """Adds a candidate and returns its node.

        Of several proposals of one node the likeliest gives its probability and its source.

        Args:
            parent: The node that it follows.
            token: Its choice.
            probability: That it follows if its parent stands, from 0 to 1.
            source: Who proposes it.

        Raises:
            HintRefused: the parent is unknown or contradicted, the token contradicts what is
                verified, or the trie is full.
        """
        if not 0.0 <= probability <= 1.0:
            raise ValueError(f"probability {probability} is outside 0 to 1")
        above = self._nodes.get(parent)
        if above is None:
            raise HintRefused(f"node {parent} is unknown or cannot come true")
        number = above.children.get(token)
        if number is not None:
            node = self._nodes[number]
            if probability > node.probability:
                node.probability, node.source = probability, source
            return number
        if parent != self._verified[-1] and parent in self._verified:
            raise HintRefused(f"token {token} contradicts what is verified")
        if self.candidates >= MOST_NODES:
            raise HintRefused(f"the turn has {MOST_NODES} candidates already")
        return self._append(parent, token, probability, source)

    def add_tree(self, parent: int, tree: CandidateTree) -> list[int]:
        """Adds all nodes of a tree that follow ``parent``; returns those that were taken."""
        numbers: dict[int, int] = {-1: parent}
        for index, above in enumerate(tree.parents):
            if above not in numbers:
                continue
            try:
                numbers[index] = self.add(
                    numbers[above],
                    tree.tokens[index],
                    tree.probabilities[index],
                    tree.sources[index],
                )
            except HintRefused:
                continue
        del numbers[-1]
        return list(numbers.values())

    def advance(self, choice: int) -> HintSource:
        """Takes a verified choice and forgets what it contradicts.

        Returns:
            Who had proposed it; the target when nobody had.
        """
        current = self._verified[-1]
        children = self._nodes[current].children
        number = children.pop(choice, None)
        for other in children.values():
            self._forget(other)
        children.clear()
        if number is None:
            number = self._append(current, choice, 1.0, HintSource.TARGET)
        else:
            children[choice] = number
        self._verified.append(number)
        return self._nodes[number].source

    def best(self, limit: int) -> CandidateTree:
        """Returns the likeliest candidates after the verified text, likeliest path first.

        Args:
            limit: Nodes of the tree at most; any `CandidateTree.head` of it is as good for its
                size.
        """
        parents: list[int] = []
        chosen: list[_Node] = []
        # Equally likely paths come in the order in which they were proposed.
        waiting: list[tuple[float, int, int]] = []
        self._offer(waiting, self._verified[-1], -1.0, -1)
        places: dict[int, int] = {}
        while waiting and len(chosen) < limit:
            negative, number, parent = heapq.heappop(waiting)
            places[number] = len(chosen)
            parents.append(parent)
            chosen.append(self._nodes[number])
            self._offer(waiting, number, negative, places[number])
        return CandidateTree(
            tuple(parents),
            tuple(node.token for node in chosen),
            tuple(node.source for node in chosen),
            tuple(node.probability for node in chosen),
        )

    def _offer(
        self, waiting: list[tuple[float, int, int]], number: int, negative: float, place: int
    ) -> None:
        for child in self._nodes[number].children.values():
            heapq.heappush(waiting, (negative * self._nodes[child].probability, child, place))

    def _append(self, parent: int, token: int, probability: float, source: HintSource) -> int:
        number = self._next
        self._next += 1
        self._nodes[number] = _Node(token, probability, source)
        self._nodes[parent].children[token] = number
        return number

    def _forget(self, number: int) -> None:
        waiting = [number]
        while waiting:
            waiting += self._nodes.pop(waiting.pop()).children.values()
