"""The command grammar while a text grows: what may come next, and what must.

A *choice* is a token that a model picks; a *forced* token is the only one that the grammar leaves.
After each choice all forced tokens follow at once, so a text is given by its choices alone: only
those are drafted, verified or sent. Both ends compute the rest alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from llguidance import LLMatcher
from numpy.typing import NDArray

from specedge.decoding.acceptance import common_prefix
from specedge.errors import SpecedgeError
from specedge.models.tokenizer import TokenizerFile


class GrammarError(SpecedgeError):
    """A grammar that does not compile, or a token that it does not allow."""


class CommandTooLong(SpecedgeError):
    """A model has not ended its command in time."""


LONGEST_TEXT = 160
"""Tokens after which a command that has not ended is given up."""


class CommandGrammar:
    """A grammar compiled for one tokenizer; states start from it in microseconds."""

    def __init__(self, tokenizer: TokenizerFile, source: str) -> None:
        self.tokenizer = tokenizer
        self._matcher = LLMatcher(tokenizer.tokens, source)
        if self._matcher.is_error():
            raise GrammarError(f"the command grammar does not compile: {self._matcher.get_error()}")

    def start(self) -> GrammarState:
        """Returns the state before the first token."""
        return GrammarState(self.tokenizer, self._matcher.deep_copy())


class GrammarState:
    """One text under way.

    Attributes:
        tokens: All tokens so far, forced ones included.
        choices: The tokens among them that were chosen.
    """

    def __init__(self, tokenizer: TokenizerFile, matcher: LLMatcher) -> None:
        self.tokens: list[int] = []
        self.choices: list[int] = []
        self._tokenizer = tokenizer
        self._matcher = matcher
        self._allowed: NDArray[np.int64] | None = None
        self._force()
        # How many tokens stood before each choice, and after the last one.
        self._marks = [len(self.tokens)]
        # What is allowed there, so that going back costs no mask.
        self._masks: list[NDArray[np.int64] | None] = [self._allowed]

    @property
    def complete(self) -> bool:
        """Whether the text is a whole sentence of the grammar and can go on no further."""
        return bool(self._matcher.is_stopped())

    @property
    def position(self) -> int:
        """Absolute position of the next token."""
        return len(self.tokens)

    def allowed(self) -> NDArray[np.int64]:
        """Returns the ids of the tokens that may come next, ascending."""
        if self._allowed is None:
            bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
            self._allowed = np.flatnonzero(np.unpackbits(bits, bitorder="little"))
        return self._allowed

    def allows(self, token: int) -> bool:
        """Whether ``token`` may come next."""
        if self.complete:
            return False
        allowed = self.allowed()
        index = int(np.searchsorted(allowed, token))
        return index < len(allowed) and int(allowed[index]) == token

    def choose(self, token: int) -> list[int]:
        """Takes a choice and what it forces; returns the forced tokens.

        Raises:
            GrammarError: the grammar does not allow the token here.
        """
        if not self.allows(token):
            raise GrammarError(f"token {token} cannot follow {self.text()!r}")
        self._masks[-1] = self._allowed
        self._consume([token])
        self.choices.append(token)
        before = len(self.tokens)
        self._force()
        self._marks.append(len(self.tokens))
        self._masks.append(self._allowed)
        return self.tokens[before:]

    def rewind(self, choices: int) -> None:
        """Goes back to the state after the first ``choices`` choices."""
        mark = self._marks[choices]
        self._matcher.rollback(len(self.tokens) - mark)
        self._allowed = self._masks[choices]
        del self.tokens[mark:], self.choices[choices:]
        del self._marks[choices + 1 :], self._masks[choices + 1 :]

    def rebase(self, choices: Sequence[int]) -> None:
        """Goes to the state after exactly these choices, by way of what both share.

        Raises:
            GrammarError: one of them is not allowed; the state then stands before it.
        """
        self.rewind(common_prefix(self.choices, choices))
        for token in choices[len(self.choices) :]:
            self.choose(token)

    def fork(self) -> GrammarState:
        """Returns a state that goes on from here on its own."""
        twin = GrammarState.__new__(GrammarState)
        twin.tokens, twin.choices = list(self.tokens), list(self.choices)
        twin._tokenizer, twin._matcher = self._tokenizer, self._matcher.deep_copy()
        twin._allowed, twin._marks = self._allowed, list(self._marks)
        twin._masks = list(self._masks)
        return twin

    def text(self, first: int = 0) -> str:
        """Returns the text from the token of index ``first`` on."""
        return self._tokenizer.text(self.tokens[first:])

    def _force(self) -> None:
        while not self.complete:
            forced = self._matcher.compute_ff_tokens()
            if not forced:
                allowed = self.allowed()
                if len(allowed) != 1:
                    return
                forced = [int(allowed[0])]
            self._consume(forced)

    def _consume(self, tokens: list[int]) -> None:
        if not self._matcher.consume_tokens(tokens):
            raise GrammarError(f"the grammar fails: {self._matcher.get_error()}")
        self.tokens += tokens
        self._allowed = None


def has_room(state: GrammarState) -> bool:
    """Whether a model may choose another token."""
    return state.position < LONGEST_TEXT


def require_room(state: GrammarState) -> None:
    """Raises CommandTooLong when a model has not ended its command in time."""
    if not has_room(state):
        raise CommandTooLong(
            f"the model has not ended its command after {LONGEST_TEXT} tokens: "
            f"{state.text()[:40]!r}…; it may not be trained on the command language"
        )
