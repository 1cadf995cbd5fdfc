"""Candidates from history: a robot's consecutive commands look alike, and repeat themselves.

Prompt lookup decoding (Saxena 2023, github.com/apoorvumang/prompt-lookup-decoding): where the last
tokens of the text have stood before, what followed them then may follow again. It knows nothing
about the frame and costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from specedge.commands import Context
from specedge.commands.grammar import MOST_NAME_WORDS
from specedge.decoding.grammar import LONGEST_TEXT, GrammarState
from specedge.decoding.tree import CandidateTree, HintSource
from specedge.models.tokenizer import TokenizerFile

if TYPE_CHECKING:
    from specedge.decoding.hints import HintTrie
    from specedge.decoding.target import TargetTurn

LONGEST_SUFFIX = 3
"""Tokens of the text that are looked up; longer ones hardly ever tell more."""

PROBABILITIES = (0.5, 0.4, 0.6, 0.8)
"""Of what followed 0 (the beginning of the last command), 1, 2 and 3 tokens; rough guesses, to be
corrected by how often they come true."""

MOST_GOAL_WORDS = 64
"""Words of a goal that are looked up: whoever sends a longer one must not keep a verifier busy."""

MOST_PLACES = 32
"""Places that are followed in one proposal, the latest ones, for the same reason."""


class History:
    """What a turn may repeat.

    Args:
        last_command: Tokens of the last command for the same goal; empty when there is none.
        others: Tokens of more texts, such as the goal.
        length: Choices that are proposed in a row at most.
        probabilities: That what followed the last 0, 1, 2 and 3 tokens follows again.
    """

    def __init__(
        self,
        last_command: Sequence[int],
        others: Sequence[Sequence[int]] = (),
        *,
        length: int = 8,
        probabilities: Sequence[float] = PROBABILITIES,
    ) -> None:
        if len(probabilities) != LONGEST_SUFFIX + 1:
            raise ValueError(f"{LONGEST_SUFFIX + 1} probabilities, not {len(probabilities)}")
        self._last_command = list(last_command)
        self._others = [list(other) for other in others]
        self._length = length
        self._probabilities = tuple(probabilities)

    @classmethod
    def of(cls, context: Context, tokenizer: TokenizerFile) -> History:
        """Returns the history of a turn with this context."""
        words = context.goal.lower().split()[:MOST_GOAL_WORDS]
        # A command begins with a name. There its first word has no space before it, which makes
        # other tokens than in the middle of the goal.
        names = [" ".join(words[at : at + MOST_NAME_WORDS]) for at in range(len(words))]
        encode = tokenizer.tokens.tokenize_str
        # No command is longer, whatever a robot says that its last one was.
        texts = [encode(text)[:LONGEST_TEXT] for text in (context.last_command, *names)]
        return cls(texts[0], texts[1:])

    def propose(self, target: TargetTurn, trie: HintTrie) -> None:
        """Adds the candidates after the verified text of a turn to its trie."""
        trie.add_tree(trie.after_verified(target.version), self.candidates(target.state))

    def candidates(self, state: GrammarState) -> CandidateTree:
        """Returns what may follow a text that is not complete; it is the same afterwards.

        The probabilities are those of the longest suffix that is found, times the share of its
        occurrences that go on like this. A candidate that comes true makes the suffix longer.
        """
        growing = _GrowingTree()
        if not state.choices:
            if self._last_command[: state.position] == state.tokens:
                self._follow(state, [(self._last_command, state.position)], 0, growing)
            return growing.tree()
        left = MOST_PLACES
        for document in (state.tokens[:], self._last_command, *self._others):
            for suffix in range(min(LONGEST_SUFFIX, state.position), 0, -1):
                places = _ends(document, state.tokens[-suffix:])[-left:]
                if places:
                    self._follow(state, [(document, place) for place in places], suffix, growing)
                    left -= len(places)
                    break
            if left == 0:
                break
        return growing.tree()

    def _follow(
        self,
        state: GrammarState,
        places: list[tuple[list[int], int]],
        suffix: int,
        growing: _GrowingTree,
    ) -> None:
        """Adds what follows some places in documents, as far as the grammar allows it."""
        chains = [self._choices(state, document, place) for document, place in places]
        followed = [chain for chain in chains if chain]
        prefixes: dict[tuple[int, ...], int] = {}
        for chain in followed:
            for length in range(len(chain) + 1):
                prefixes[chain[:length]] = prefixes.get(chain[:length], 0) + 1
        for chain in followed:
            parent = -1
            for index, token in enumerate(chain):
                share = prefixes[chain[: index + 1]] / prefixes[chain[:index]]
                likely = self._probabilities[min(suffix + index, LONGEST_SUFFIX)]
                parent = growing.add(parent, token, share * likely)

    def _choices(self, state: GrammarState, document: list[int], place: int) -> tuple[int, ...]:
        """Returns the choices that lead the text along a document from a place on."""
        base = len(state.choices)
        while (
            place < len(document)
            and len(state.choices) - base < self._length
            and state.allows(document[place])
        ):
            forced = state.choose(document[place])
            place += 1 + len(forced)
            if document[place - len(forced) : place] != forced:
                break
        choices = tuple(state.choices[base:])
        state.rewind(base)
        return choices


class _GrowingTree:
    """A candidate tree under way; of equal candidates the likelier one counts."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int], int] = {}
        self._probabilities: list[float] = []

    def add(self, parent: int, token: int, probability: float) -> int:
        index = self._nodes.setdefault((parent, token), len(self._nodes))
        if index == len(self._probabilities):
            self._probabilities.append(probability)
        self._probabilities[index] = max(self._probabilities[index], probability)
        return index

    def tree(self) -> CandidateTree:
        return CandidateTree(
            tuple(parent for parent, _ in self._nodes),
            tuple(token for _, token in self._nodes),
            (HintSource.HISTORY,) * len(self._nodes),
            tuple(self._probabilities),
        )


def _ends(document: list[int], suffix: list[int]) -> list[int]:
    """Returns where in a document something follows a suffix."""
    count = len(suffix)
    return [end for end in range(count, len(document)) if document[end - count : end] == suffix]
