"""The draft model of one turn: proposes what the target may say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling, choose, probability
from specedge.decoding.grammar import CommandGrammar
from specedge.models.loading import LoadedModel
from specedge.models.sequence import Sequence as ModelSequence
from specedge.models.sequence import SequenceMaker


@dataclass(frozen=True)
class DraftedToken:
    """One drafted choice.

    Attributes:
        token: The choice.
        forced: What the grammar forces after it.
        probability: The draft's own, among the allowed tokens.
        complete: Whether the text ends here.
    """

    token: int
    forced: list[int]
    probability: float
    complete: bool


class DraftEngine:
    """A draft model and its current turn. One thread at a time may use it."""

    def __init__(self, loaded: LoadedModel, grammar: CommandGrammar) -> None:
        self.loaded = loaded
        self._grammar = grammar
        self._sequences = SequenceMaker(loaded)

    def begin(self, frame: bytes, context: Context, sampling: Sampling) -> DraftTurn:
        """Reads the prompt of a turn.

        Raises:
            FrameError: the frame is no picture.
        """
        prompt = self.loaded.prompts.make(frame, context)
        return DraftTurn(self._sequences.start(prompt), self._grammar, sampling)


class DraftTurn:
    """The draft's side of one turn.

    It draws with the target's noise, so that above temperature 0 it still agrees often.
    """

    def __init__(
        self, sequence: ModelSequence, grammar: CommandGrammar, sampling: Sampling
    ) -> None:
        self._sequence = sequence
        self._state = grammar.start()
        self._sampling = sampling

    @property
    def complete(self) -> bool:
        """Whether the text drafted so far is a whole command."""
        return self._state.complete

    def rebase(self, choices: Sequence[int]) -> None:
        """Goes to the text of exactly these choices; what it shares with the last is not redone.

        Raises:
            GrammarError: the grammar does not allow them.
        """
        self._state.rebase(choices)

    def step(self) -> DraftedToken:
        """Drafts the next choice; the text must not be complete."""
        state = self._state
        logits = self._sequence.logits_after(state.tokens)
        allowed = state.allowed()
        token = choose(logits, allowed, state.position, self._sampling)
        likely = probability(logits, allowed, token)
        return DraftedToken(token, state.choose(token), likely, state.complete)
