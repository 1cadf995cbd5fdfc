"""The target model of one turn: verifies candidates, and guesses at its exits on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling, choose, common_prefix
from specedge.decoding.grammar import CommandGrammar, GrammarState, require_room
from specedge.decoding.tree import NO_CANDIDATES, CandidateTree, HintSource
from specedge.decoding.tree_pass import TreePass
from specedge.decoding.verdict import ExitGuess, Verdict
from specedge.errors import SpecedgeError
from specedge.models.exits import ExitHeads
from specedge.models.loading import LoadedModel
from specedge.models.sequence import Sequence as ModelSequence
from specedge.models.sequence import SequenceMaker

LARGEST_PASS = 96
"""Tokens of one pass: about as many as a GPU reads in the time that it needs for its weights."""


class PassCancelled(SpecedgeError):
    """A pass was given up because its turn was cancelled."""


class TargetEngine:
    """A target with its exits. One thread at a time may use it and its turns.

    Args:
        loaded: The target.
        exits: Its exits; None when it has none.
        grammar: What it may say.
        keep_hidden: Whether turns offer `TargetTurn.last_hidden`.

    Attributes:
        hidden: [tokens, hidden] states of the last pass that the LM head read; None without
            ``keep_hidden``.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        exits: ExitHeads | None,
        grammar: CommandGrammar,
        *,
        keep_hidden: bool = False,
    ) -> None:
        self.loaded = loaded
        self.exits = exits
        self.grammar = grammar
        self.hidden: Tensor | None = None
        self._sequences = SequenceMaker(loaded)
        self._stop: threading.Event | None = None
        self._read: Callable[[int, Tensor], None] | None = None
        self._handles = [
            layer.register_forward_pre_hook(self._check_cancelled) for layer in loaded.layers
        ]
        for index in exits.layers if exits is not None else ():
            self._handles.append(loaded.layers[index].register_forward_hook(self._reader(index)))
        if keep_hidden:
            self._handles.append(loaded.final_norm.register_forward_hook(self._keep_hidden))

    @property
    def no_trees(self) -> str:
        """Why the target verifies one chain of candidates at a time; "" when it takes trees."""
        return self._sequences.no_trees

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
        parents: list[int] | None = None,
    ) -> NDArray[np.float32]:
        """Runs one pass; calls ``read(layer, [rows, hidden])`` at each exit that it passes."""
        self._stop = stop
        if read is not None:
            self._read = lambda layer, hidden: read(layer, hidden[0, rows])
        try:
            return sequence.run(tokens, rows, parents)
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

    def _keep_hidden(self, _norm: nn.Module, _inputs: object, output: Tensor) -> None:
        # The exits use this norm, too; the model's own call is the last of a pass.
        self.hidden = output[0]


class TargetTurn:
    """The target's side of one turn.

    Attributes:
        state: The verified text.
        sampling: How it chooses its tokens.
        last_hidden: [hidden] state that the LM head read for the last choice of the target's own;
            None unless the engine keeps it.
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
        self.last_hidden = None if engine.hidden is None else engine.hidden[-1]
        self._engine = engine
        self._sequence = sequence
        self.sampling = sampling
        self._stop = stop
        if not state.tokens:
            allowed = state.allowed()
            state.choose(choose(sequence.prompt_logits, allowed, state.position, sampling))

    @property
    def version(self) -> int:
        """Number of choices that are verified."""
        return len(self.state.choices)

    @property
    def pending(self) -> int:
        """Number of verified tokens that the model has not read yet; the next pass begins there."""
        return self.state.position - len(self._sequence.tokens)

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
        if shared < len(known) or self.state.complete:
            choices = tuple(known[: shared + 1])
            return _verdict(version, choices, [HintSource.CLIENT] * shared, 0, started)
        before = tuple(known)

        def tell(guess: ExitGuess) -> None:
            assert on_exit is not None
            accepted = len(before) + guess.accepted
            on_exit(ExitGuess(guess.layer, before + guess.choices, accepted, guess.confidence))

        verdict = self.advance(
            CandidateTree.chain(candidates[shared:]),
            on_exit=tell if on_exit is not None else None,
        )
        sources = [HintSource.CLIENT] * (shared + verdict.accepted)
        return _verdict(version, before + verdict.choices, sources, verdict.tokens, started)

    def advance(
        self,
        tree: CandidateTree = NO_CANDIDATES,
        *,
        single: bool = False,
        on_exit: Callable[[ExitGuess], None] | None = None,
    ) -> Verdict:
        """Goes on from the verified text in one pass, by as many candidates as are right.

        Args:
            tree: Candidates. Those beyond `LARGEST_PASS` are left out; of a tree that the model
                cannot take (see `TargetEngine.no_trees`), all but its likeliest path.
            single: Whether a pass without candidates reads one token only, be it one that the
                grammar forced: then it may come to no choice.
            on_exit: Called during the pass at each exit; not when it comes to no choice.

        Raises:
            CommandTooLong: the text has not ended in time.
            PassCancelled: the turn was cancelled; the turn stands as before the call.
        """
        started = time.monotonic()
        base, stored = self.version, len(self._sequence.tokens)
        if self.state.complete:
            return _verdict(base, (), [], 0, started)
        require_room(self.state)
        if single and not tree and self.pending > 1:
            self._engine.run(
                self._sequence, self.state.tokens[stored : stored + 1], [], self._stop, None
            )
            return _verdict(base, (), [], 1, started)
        if self._engine.no_trees:
            tree = tree.trunk()
        plan = TreePass(self.state, stored, tree, LARGEST_PASS)
        logits = self._engine.run(
            self._sequence,
            plan.tokens,
            plan.rows,
            self._stop,
            self._reader(plan, on_exit) if on_exit is not None else None,
            plan.parents,
        )
        walk = plan.walk(logits, self.sampling)
        if self._engine.hidden is not None:
            self.last_hidden = self._engine.hidden[plan.rows[walk.asked[-1]]]
        self._sequence.keep(plan.path(walk))
        for choice in walk.choices:
            self.state.choose(choice)
        sources = [tree.sources[node] for node in walk.nodes]
        return _verdict(base, walk.choices, sources, len(plan.tokens), started)

    def _reader(
        self, plan: TreePass, on_exit: Callable[[ExitGuess], None]
    ) -> Callable[[int, Tensor], None]:
        exits = self._engine.exits

        def read(layer: int, hidden: Tensor) -> None:
            assert exits is not None
            logits = exits.logits(layer, hidden, self._engine.loaded).float().cpu().numpy()
            walk = plan.walk(logits, self.sampling)
            confidence = plan.confidence(logits, walk, exits.temperatures[layer])
            on_exit(ExitGuess(layer, walk.choices, len(walk.nodes), confidence))

        return read


def _verdict(
    version: int,
    choices: tuple[int, ...],
    sources: list[HintSource],
    tokens: int,
    started: float,
) -> Verdict:
    """Makes a verdict; what has no source among the choices is the target's own."""
    own = [HintSource.TARGET] * (len(choices) - len(sources))
    seconds = time.monotonic() - started
    return Verdict(
        version, choices, len(sources), (*sources, *own), int(tokens > 0), seconds, tokens
    )
