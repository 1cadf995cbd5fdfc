"""The target model of one turn: verifies candidates, and guesses at its exits on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling, choose, common_prefix, probability
from specedge.decoding.grammar import CommandGrammar, GrammarState, has_room, require_room
from specedge.errors import SpecedgeError
from specedge.models.exits import ExitHeads
from specedge.models.loading import LoadedModel
from specedge.models.sequence import Sequence as ModelSequence
from specedge.models.sequence import SequenceMaker


class PassCancelled(SpecedgeError):
    """A pass was given up because its turn was cancelled."""


@dataclass(frozen=True)
class Verdict:
    """What the target says to candidates.

    Attributes:
        version: Number of choices that stood before the candidates.
        accepted: How many of the candidates stand.
        token: The target's own choice after them; None when they complete the text.
        passes: Passes through the model that this took, 0 or 1.
        seconds: Time that it took.
    """

    version: int
    accepted: int
    token: int | None
    passes: int
    seconds: float


@dataclass(frozen=True)
class ExitGuess:
    """A verdict as an exit expects it, before the pass has ended.

    Attributes:
        layer: Index of the decoder layer that it was read from.
        accepted: As in `Verdict`.
        token: As in `Verdict`.
        confidence: Calibrated probability that the verdict will be this.
    """

    layer: int
    accepted: int
    token: int | None
    confidence: float


@dataclass(frozen=True)
class _Question:
    """One place in a pass where the model chooses."""

    row: int
    position: int
    allowed: NDArray[np.int64]


class TargetEngine:
    """A target with its exits. One thread at a time may use it and its turns."""

    def __init__(
        self, loaded: LoadedModel, exits: ExitHeads | None, grammar: CommandGrammar
    ) -> None:
        self.loaded = loaded
        self.exits = exits
        self.grammar = grammar
        self._sequences = SequenceMaker(loaded)
        self._stop: threading.Event | None = None
        self._read: Callable[[int, Tensor], None] | None = None
        self._handles = [
            layer.register_forward_pre_hook(self._check_cancelled) for layer in loaded.layers
        ]
        for index in exits.layers if exits is not None else ():
            self._handles.append(loaded.layers[index].register_forward_hook(self._reader(index)))

    def close(self) -> None:
        """Takes the hooks off the model again."""
        for handle in self._handles:
            handle.remove()

    def begin(
        self, frame: bytes, context: Context, sampling: Sampling, stop: threading.Event
    ) -> TargetTurn:
        """Reads the prompt and chooses the first token.

        Raises:
            FrameError: the frame is no picture.
            PassCancelled: ``stop`` was set.
        """
        prompt = self.loaded.prompts.make(frame, context)
        self._stop = stop
        try:
            sequence = self._sequences.start(prompt)
        finally:
            self._stop = None
        return TargetTurn(self, sequence, self.grammar.start(), sampling, stop)

    def run(
        self,
        sequence: ModelSequence,
        tokens: list[int],
        rows: list[int],
        stop: threading.Event,
        read: Callable[[int, Tensor], None] | None,
    ) -> NDArray[np.float32]:
        """Runs one pass; calls ``read(layer, [rows, hidden])`` at each exit that it passes."""
        self._stop = stop
        if read is not None:
            self._read = lambda layer, hidden: read(layer, hidden[0, rows])
        try:
            return sequence.run(tokens, rows)
        finally:
            self._stop = self._read = None

    def _check_cancelled(self, _layer: nn.Module, _inputs: object) -> None:
        if self._stop is not None and self._stop.is_set():
            raise PassCancelled("the turn was cancelled")

    def _reader(self, index: int) -> Callable[[nn.Module, object, Tensor], None]:
        def read(_layer: nn.Module, _inputs: object, output: Tensor | tuple[Tensor, ...]) -> None:
            if self._read is not None:
                self._read(index, output[0] if isinstance(output, tuple) else output)

        return read


class TargetTurn:
    """The target's side of one turn.

    Attributes:
        state: The verified text.
    """

    def __init__(
        self,
        engine: TargetEngine,
        sequence: ModelSequence,
        state: GrammarState,
        sampling: Sampling,
        stop: threading.Event,
    ) -> None:
        self.state = state
        self._engine = engine
        self._sequence = sequence
        self._sampling = sampling
        self._stop = stop
        if not state.tokens:
            allowed = state.allowed()
            state.choose(choose(sequence.prompt_logits, allowed, state.position, sampling))

    @property
    def version(self) -> int:
        """Number of choices that are verified."""
        return len(self.state.choices)

    def verify(
        self,
        version: int,
        candidates: Sequence[int],
        on_exit: Callable[[ExitGuess], None] | None = None,
    ) -> Verdict:
        """Decides how many candidates stand, in at most one pass.

        Candidates that follow an older version are measured against what has been verified since;
        so a message that comes twice gets the same answer twice, and costs nothing.

        Args:
            version: Number of choices before the candidates, at most `version` of this turn.
            candidates: Choices, without what the grammar forces between them.
            on_exit: Called during the pass at each exit.

        Raises:
            CommandTooLong: the text has not ended in time.
            PassCancelled: the turn was cancelled; the turn stands as before the call.
        """
        started = time.monotonic()
        known = self.state.choices[version:]
        shared = common_prefix(known, candidates)
        if shared < len(known):
            return self._verdict(version, shared, known[shared], 0, started)
        if self.state.complete:
            return self._verdict(version, shared, None, 0, started)
        require_room(self.state)
        accepted, token = self._pass(candidates[shared:], shared, on_exit)
        return self._verdict(version, shared + accepted, token, 1, started)

    def _pass(
        self,
        candidates: Sequence[int],
        before: int,
        on_exit: Callable[[ExitGuess], None] | None,
    ) -> tuple[int, int | None]:
        base, stored = self.version, len(self._sequence.tokens)
        questions = self._ask(candidates, stored)
        drafted = self.state.choices[base:]
        tokens = self.state.tokens[stored : stored + questions[-1].row + 1]

        def read(layer: int, hidden: Tensor) -> None:
            assert on_exit is not None
            assert self._engine.exits is not None
            exits = self._engine.exits
            logits = exits.logits(layer, hidden, self._engine.loaded).float().cpu().numpy()
            accepted, token = self._judge(logits, questions, drafted)
            confidence = self._confidence(logits, questions, drafted[:accepted], token, layer)
            on_exit(ExitGuess(layer, before + accepted, token, confidence))

        try:
            logits = self._engine.run(
                self._sequence,
                tokens,
                [question.row for question in questions],
                self._stop,
                read if on_exit is not None else None,
            )
        except BaseException:
            self.state.rewind(base)
            raise
        accepted, token = self._judge(logits, questions, drafted)
        self.state.rewind(base + accepted)
        self._sequence.keep(min(self.state.position, len(self._sequence.tokens)))
        if token is not None:
            self.state.choose(token)
        return accepted, token

    def _ask(self, candidates: Sequence[int], stored: int) -> list[_Question]:
        """Takes candidates into the text as far as the grammar goes; returns where to choose."""
        state = self.state
        questions = [_Question(state.position - stored - 1, state.position, state.allowed())]
        for candidate in candidates:
            if not state.allows(candidate):
                break
            state.choose(candidate)
            if state.complete or not has_room(state):
                break
            row = state.position - stored - 1
            questions.append(_Question(row, state.position, state.allowed()))
        return questions

    def _judge(
        self, logits: NDArray[np.float32], questions: list[_Question], drafted: list[int]
    ) -> tuple[int, int | None]:
        for index, (row, question) in enumerate(zip(logits, questions, strict=True)):
            token = choose(row, question.allowed, question.position, self._sampling)
            if index == len(drafted) or token != drafted[index]:
                return index, token
        return len(questions), None

    def _confidence(
        self,
        logits: NDArray[np.float32],
        questions: list[_Question],
        stand: list[int],
        token: int | None,
        layer: int,
    ) -> float:
        assert self._engine.exits is not None
        temperature = self._engine.exits.temperatures[layer]
        tokens = stand if token is None else [*stand, token]
        asked = zip(logits, questions, tokens, strict=False)
        return float(
            np.prod([probability(row, q.allowed, chosen, temperature) for row, q, chosen in asked])
        )

    def _verdict(
        self, version: int, accepted: int, token: int | None, passes: int, started: float
    ) -> Verdict:
        return Verdict(version, accepted, token, passes, time.monotonic() - started)
