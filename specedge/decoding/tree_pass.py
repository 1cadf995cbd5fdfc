"""One pass of the target over a tree of candidates: what to run, and how to read the answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specedge.decoding.acceptance import Sampling, choose, probability
from specedge.decoding.grammar import GrammarState, has_room
from specedge.decoding.tree import CandidateTree


@dataclass(frozen=True)
class Walk:
    """The way through a tree that a model's choices take.

    Attributes:
        nodes: Candidates that stand, first to last.
        choices: Their tokens, then the model's own unless the text ends before.
        asked: Per choice the row of the logits that it was read from.
    """

    nodes: tuple[int, ...]
    choices: tuple[int, ...]
    asked: tuple[int, ...]


@dataclass
class _Place:
    """The verified text or a candidate: where the model may be asked what comes next.

    Attributes:
        position, allowed: Of the next token; allowed is None where the text ends.
        tokens: The candidate and what it forces.
        children: Nodes by their tokens.
        question: Index of the question asked here; None when it is not part of the pass.
        indices: In the model's sequence, of `tokens`.
    """

    position: int
    allowed: NDArray[np.int64] | None
    tokens: list[int] = field(default_factory=list)
    children: dict[int, int] = field(default_factory=dict)
    question: int | None = None
    indices: list[int] = field(default_factory=list)


class TreePass:
    """What one pass runs for a tree of candidates.

    Candidates that the grammar does not allow are left out, and so are those that follow them.

    Args:
        state: The verified text, not complete; it is the same afterwards.
        stored: How many of its tokens the model's sequence has.
        tree: Candidates for what follows.
        most: Tokens to run at most, except that those of the verified text are always run.

    Attributes:
        tokens, parents: What to run, as `specedge.models.sequence.Sequence.run` takes it.
        rows: Indices into ``tokens`` where the model is asked.
    """

    def __init__(self, state: GrammarState, stored: int, tree: CandidateTree, most: int) -> None:
        self._tree = tree
        self._stored = stored
        self.tokens = state.tokens[stored:]
        self.parents = list(range(stored - 1, state.position - 1))
        self.rows: list[int] = []
        self._positions: list[int] = []
        self._masks: list[NDArray[np.int64]] = []
        root = _Place(state.position, state.allowed())
        self._ask(root)
        self._root_end = state.position - 1
        self._places = {-1: root}
        expanded = _expand(state, tree)
        for node, parent in enumerate(tree.parents):
            above, place = self._places.get(parent), expanded.get(node)
            if above is None or place is None or tree.tokens[node] in above.children:
                continue
            # Where the text ends nobody asks what comes next, so nothing needs to be run.
            if place.allowed is not None:
                if len(self.tokens) + len(place.tokens) > most:
                    continue
                self._run(place, above)
                self._ask(place)
            above.children[tree.tokens[node]] = node
            self._places[node] = place

    def walk(self, logits: NDArray[np.float32], sampling: Sampling) -> Walk:
        """Follows the choices of a model.

        Args:
            logits: [rows, vocabulary] of the pass.
            sampling: How the turn chooses.
        """
        nodes: list[int] = []
        choices: list[int] = []
        asked: list[int] = []
        place = self._places[-1]
        while place.question is not None:
            index = place.question
            asked.append(index)
            choices.append(
                choose(logits[index], self._masks[index], self._positions[index], sampling)
            )
            if choices[-1] not in place.children:
                break
            nodes.append(place.children[choices[-1]])
            place = self._places[nodes[-1]]
        return Walk(tuple(nodes), tuple(choices), tuple(asked))

    def confidence(self, logits: NDArray[np.float32], walk: Walk, temperature: float) -> float:
        """Returns the probability of all choices of a walk, by logits over ``temperature``."""
        return math.prod(
            probability(logits[index], self._masks[index], choice, temperature)
            for index, choice in zip(walk.asked, walk.choices, strict=True)
        )

    def path(self, walk: Walk) -> list[int]:
        """Returns the indices in the model's sequence, after the pass, of the text that stands."""
        path = list(range(self._root_end + 1))
        for node in walk.nodes:
            path += self._places[node].indices
        return path

    def _run(self, place: _Place, above: _Place) -> None:
        parent = above.indices[-1] if above.indices else self._root_end
        for token in place.tokens:
            self.parents.append(parent)
            parent = self._stored + len(self.tokens)
            place.indices.append(parent)
            self.tokens.append(token)

    def _ask(self, place: _Place) -> None:
        assert place.allowed is not None
        place.question = len(self.rows)
        self.rows.append(len(self.tokens) - 1)
        self._positions.append(place.position)
        self._masks.append(place.allowed)


def _expand(state: GrammarState, tree: CandidateTree) -> dict[int, _Place]:
    """Returns what the grammar makes of each candidate that it allows."""
    base = len(state.choices)
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(tree.parents):
        children.setdefault(parent, []).append(node)
    places: dict[int, _Place] = {}
    # Depth first, so that the state never goes back further than to where two paths part.
    waiting = [(node, base) for node in reversed(children.get(-1, []))]
    try:
        while waiting:
            node, before = waiting.pop()
            if len(state.choices) > before:
                state.rewind(before)
            if not state.allows(tree.tokens[node]):
                continue
            start = state.position
            state.choose(tree.tokens[node])
            ends = state.complete or not has_room(state)
            allowed = None if ends else state.allowed()
            places[node] = _Place(state.position, allowed, state.tokens[start:])
            if not ends:
                waiting += [(child, before + 1) for child in reversed(children.get(node, []))]
    finally:
        state.rewind(base)
    return places
