"""The draft model of one turn: proposes what the target may say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling, ranked
from specedge.decoding.grammar import CommandGrammar
from specedge.models.loading import LoadedModel
from specedge.models.sequence import Sequence as ModelSequence
from specedge.models.sequence import SequenceMaker

LARGEST_CACHE = 256
"""Tokens after the prompt whose keys and values a draft keeps; about ten branches of a command."""


@dataclass(frozen=True)
class DraftedToken:
    """One drafted choice.

    Attributes:
        token: The choice.
        forced: What the grammar forces after it.
        probability: That it is chosen, by the draft's own judgement.
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


@dataclass(frozen=True)
class _Text:
    """A text that is not complete, as the draft is asked to go on from it."""

    choices: tuple[int, ...]
    tokens: list[int]
    allowed: NDArray[np.int64]


class DraftTurn:
    """The draft's side of one turn.

    It draws with the target's noise, so that above temperature 0 it still agrees often. The model
    reads every text once: its keys and values stay, as a tree over all that was asked, until they
    are too many; then only those of the texts being asked for stay.
    """

    def __init__(
        self, sequence: ModelSequence, grammar: CommandGrammar, sampling: Sampling
    ) -> None:
        self._sequence = sequence
        self._state = grammar.start()
        self._sampling = sampling
        # Per text what may follow, likeliest first, with its probabilities.
        self._answers: dict[tuple[int, ...], tuple[NDArray[np.int64], NDArray[np.float64]]] = {}

    def expand(self, prefixes: Sequence[Sequence[int]], width: int) -> list[list[DraftedToken]]:
        """Drafts the next choices after several texts, in one pass at most.

        Args:
            prefixes: Texts, each given by its choices.
            width: Choices for each at most.

        Returns:
            Per text its next choices, the likeliest first: that is what the draft itself chooses.
            A text that is complete has none.

        Raises:
            GrammarError: the grammar does not allow a text.
        """
        texts = [self._read(prefix) for prefix in prefixes]
        missing = {
            text.choices: text
            for text in texts
            if text is not None and text.choices not in self._answers
        }
        if missing:
            self._run(list(missing.values()))
        return [self._next(text, width) if text is not None else [] for text in texts]

    def _read(self, prefix: Sequence[int]) -> _Text | None:
        state = self._state
        state.rebase(prefix)
        if state.complete:
            return None
        return _Text(tuple(prefix), list(state.tokens), state.allowed())

    def _run(self, texts: list[_Text]) -> None:
        """Has the model read all of these texts that it has not read, and keeps what it says."""
        sequence = self._sequence
        if sequence.no_trees:
            for text in texts:
                sequence.keep(sequence.find(text.tokens[:-1]))
                self._run_together([text])
            return
        new = sum(len(text.tokens) for text in texts)
        if len(sequence.tokens) + new > LARGEST_CACHE:
            sequence.keep(sorted({index for text in texts for index in sequence.find(text.tokens)}))
        self._run_together(texts)

    def _run_together(self, texts: list[_Text]) -> None:
        tokens: list[int] = []
        parents: list[int] = []
        rows: list[int] = []
        asked: list[_Text] = []
        stored = len(self._sequence.tokens)
        places: dict[tuple[int, int], int] = {}
        for text in texts:
            if not text.tokens:
                self._answer(text, self._sequence.prompt_logits)
                continue
            # The answer comes with the last token, which is therefore read again if need be.
            path = self._sequence.find(text.tokens[:-1])
            place = path[-1] if path else -1
            for token in text.tokens[len(path) :]:
                if (place, token) not in places:
                    places[place, token] = stored + len(tokens)
                    tokens.append(token)
                    parents.append(place)
                place = places[place, token]
            rows.append(place - stored)
            asked.append(text)
        if asked:
            logits = self._sequence.run(tokens, rows, parents)
            for text, row in zip(asked, logits, strict=True):
                self._answer(text, row)

    def _answer(self, text: _Text, logits: NDArray[np.float32]) -> None:
        position = len(text.tokens)
        self._answers[text.choices] = ranked(logits, text.allowed, position, self._sampling)

    def _next(self, text: _Text, width: int) -> list[DraftedToken]:
        state = self._state
        state.rebase(text.choices)
        drafted = []
        tokens, shares = self._answers[text.choices]
        for token, share in zip(tokens[:width].tolist(), shares[:width].tolist(), strict=True):
            forced = state.choose(token)
            drafted.append(DraftedToken(token, forced, share, state.complete))
            state.rewind(len(text.choices))
        return drafted
