"""What the robot expects the target to say: a tree of choices around the verified text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from specedge.edge.draft_messages import Candidate
from specedge.edge.estimates import EdgeEstimates

UNNAMED = 0.05
"""Probability of a choice that the draft has not named, before an exit names it."""
RIVALS = 4
"""Choices that an exit which is wrong picks from, all alike."""


@dataclass(eq=False, slots=True)
class Node:
    """One choice after its parent's.

    Attributes:
        depth: Choices of the text that ends with this one.
        rank: Place among the draft's choices there, from 0; -1 when the draft did not name it.
        stated: The draft's own probability.
        prior: Probability that it follows if its parent stands, by the draft alone.
        probability: The same by all that is known.
        complete: Whether the text ends with it.
        drafted: Whether the draft has gone on after it.
        number: The name that the verifier knows it by; -1 while it has not been sent.
    """

    parent: Node | None
    token: int
    depth: int
    rank: int = -1
    stated: float = 0.0
    prior: float = UNNAMED
    probability: float = 1.0
    complete: bool = False
    drafted: bool = False
    number: int = -1
    children: dict[int, Node] = field(default_factory=dict)

    def choices(self) -> list[int]:
        """Returns the text that ends here."""
        found: list[int] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            found.append(node.token)
            node = node.parent
        return found[::-1]

    def best(self) -> Node | None:
        """Returns the child that is likeliest to follow; among equals the one named first."""
        return max(self.children.values(), key=lambda node: node.probability, default=None)


class DraftTree:
    """The tree of one turn.

    Args:
        estimates: Calibrates the draft's probabilities, and is told what became of them.

    Attributes:
        verified: The last verified choice; the root before there is one.
    """

    def __init__(self, estimates: EdgeEstimates) -> None:
        self._estimates = estimates
        self._root = Node(None, -1, 0)
        self.verified = self._root

    def find(self, choices: Sequence[int]) -> Node | None:
        """Returns the node at which a text ends, if the tree has it."""
        node: Node | None = self._root
        for token in choices:
            node = None if node is None else node.children.get(token)
        return node

    def grow(self, prefix: Sequence[int], candidates: Sequence[Candidate]) -> None:
        """Takes in what the draft expects after a text; nothing where the text ends."""
        node = self.find(prefix)
        if node is None or node.drafted:
            return
        node.drafted = True
        # What an exit has named may end the text without the draft's having said so.
        node.complete = not candidates
        left = 1.0 - sum(child.probability for child in node.children.values())
        for rank, candidate in enumerate(candidates):
            likely = self._estimates.likely(rank, candidate.probability)
            child = node.children.get(candidate.token)
            if child is None:
                child = Node(node, candidate.token, node.depth + 1, prior=likely)
                child.probability = min(likely, max(0.0, left))
                node.children[candidate.token] = child
            child.rank, child.stated = rank, candidate.probability
            child.complete = candidate.complete

    def believe(self, choices: Sequence[int], confidence: float) -> bool:
        """Takes in that an exit expects these choices to be verified next.

        Draft and exit are weighed by Bayes' rule. The draft gives the prior p of each choice. The
        exit is right with probability c at each position (c to the power of their number is
        ``confidence``), else it picks one of `RIVALS` others. So the choice that it names weighs
        p·c, any other p·(1 - c)/`RIVALS`. A later exit takes the place of an earlier one.

        Returns:
            Whether the likeliest text is another one than before.
        """
        changed = False
        right = confidence ** (1.0 / max(1, len(choices)))
        node = self.verified
        for token in choices:
            before = node.best()
            named = node.children.setdefault(token, Node(node, token, node.depth + 1))
            children = node.children.values()
            weights = {
                child: child.prior * (right if child is named else (1.0 - right) / RIVALS)
                for child in children
            }
            unseen = max(0.0, 1.0 - sum(child.prior for child in children))
            total = sum(weights.values()) + unseen * (1.0 - right) / RIVALS
            for child, weight in weights.items():
                child.probability = weight / total if total > 0.0 else child.prior
            changed = changed or (before is not None and node.best() is not before)
            node = named
        return changed

    def advance(self, choices: Sequence[int]) -> bool:
        """Takes in that these choices are verified.

        Returns:
            Whether one of them is not what was expected.
        """
        surprised = False
        for token in choices:
            node = self.verified
            expected = node.best()
            surprised = surprised or (expected is not None and expected.token != token)
            for child in node.children.values():
                if child.rank >= 0:
                    self._estimates.drafted(child.rank, child.stated, child.token == token)
            child = node.children.setdefault(token, Node(node, token, node.depth + 1))
            child.probability = 1.0
            # What is contradicted is forgotten.
            node.children = {token: child}
            self.verified = child
        return surprised

    def line(self, limit: int) -> list[int]:
        """Returns the likeliest choices after the verified text."""
        found: list[int] = []
        node = self.verified.best()
        while node is not None and len(found) < limit:
            found.append(node.token)
            node = node.best()
        return found

    def first_choices(self) -> list[int]:
        """Returns what the draft itself says after the verified text."""
        found: list[int] = []
        node = self.verified
        while first := [child for child in node.children.values() if child.rank == 0]:
            found.append(first[0].token)
            node = first[0]
        return found

    def hopeful(self, least: float) -> Iterator[tuple[float, Node]]:
        """Yields the verified end and all after it with its survival, parents before children.

        Args:
            least: Survival below which a node is left out, and all after it.
        """
        waiting = [(1.0, self.verified)]
        while waiting:
            survival, node = waiting.pop()
            yield survival, node
            for child in node.children.values():
                if survival * child.probability >= least:
                    waiting.append((survival * child.probability, child))

    def open_ends(self, least: float) -> list[tuple[float, Node]]:
        """Returns where the draft may go on, likeliest first.

        Each comes with the probability that what the draft would say there matters: that the text
        so far comes true and does not go on as an exit has said already.
        """
        ends = []
        for survival, node in self.hopeful(least):
            if not (node.drafted or node.complete):
                known = sum(child.probability for child in node.children.values())
                ends.append((survival * max(0.0, 1.0 - known), node))
        return sorted((end for end in ends if end[0] >= least), key=lambda end: -end[0])

    def forget_numbers(self) -> None:
        """Takes it that the verifier knows none of the nodes any more."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            node.number = -1
            waiting += node.children.values()
