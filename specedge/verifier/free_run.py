"""A turn that goes on by itself: after each pass the next, with the candidates that there are."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence

from specedge.decoding.costs import RunningEstimate
from specedge.decoding.hints import MOST_NODES, HintRefused, HintTrie
from specedge.decoding.ngrams import History
from specedge.decoding.target import TargetTurn
from specedge.decoding.tree import NO_CANDIDATES, CandidateTree, HintSource
from specedge.protocol.messages import LONGEST_HINT, Begin, Hint, Message, Propose
from specedge.verifier.estimates import RobotEstimates
from specedge.verifier.model_thread import AT_ONCE
from specedge.verifier.patience import HintClock, hint_gain
from specedge.verifier.served import Served
from specedge.verifier.served_turn import ServedTurn, context_of
from specedge.verifier.sources import CandidateSource

LARGEST_TREE = 64
"""Candidates of the largest tree that a pass may be made of, whatever passes cost."""
CANDIDATES_A_STEP = 8 * LONGEST_HINT
"""Candidates after which further hints wait for the next step: other robots wait meanwhile."""
MOST_NAMED = 8 * MOST_NODES
"""Candidates that a turn knows by its robot's numbers, those included that are contradicted."""


class FreeTurn(ServedTurn):
    """Starts pass after pass, never waiting unless its robot asked for patience.

    Args:
        served, begin, frame, reply: See `ServedTurn`.
        estimates: What is known of the robot; learns.
    """

    accepts = Hint

    def __init__(
        self,
        served: Served,
        begin: Begin,
        frame: bytes,
        reply: Callable[[Message], None],
        estimates: RobotEstimates,
    ) -> None:
        super().__init__(served, begin, frame, reply)
        self._calibration, self._worth = estimates.calibration, estimates.worth
        self._clock = HintClock(estimates.hint_times, time.monotonic())
        self._sources: dict[HintSource, CandidateSource] = {}
        self._asked: list[HintSource] = []
        self._trie = HintTrie()
        # The robot's number of each candidate, and ours.
        self._nodes: dict[int, int] = {}
        # When the robot was told something that it has not answered yet.
        self._told_at: float | None = None
        self._tokens_each = RunningEstimate()
        self._single = "forced" not in begin.sources

    def take(self, message: Hint | Propose) -> bool:
        """Keeps a hint for the next pass; false when the robot's hints are no source."""
        return "client" in self.begin.sources and super().take(message)

    def begun(self, target: TargetTurn) -> None:
        """Tells the first choice, which reading the prompt has given."""
        first = target.state.choices
        if first:
            self.tell(0, first, 0, [HintSource.TARGET] * len(first), 0)
        if "history" in self.begin.sources:
            tokenizer = self.served.engine.grammar.tokenizer
            self._sources[HintSource.HISTORY] = History.of(context_of(self.begin), tokenizer)
        if "self" in self.begin.sources and self.served.self_draft is not None:
            self._sources[HintSource.SELF] = self.served.self_draft
        self._take_in(target, NO_CANDIDATES, first)

    def go_on(self, target: TargetTurn) -> float | None:
        """Makes the next pass, unless it should wait for a hint."""
        self._take_hints()
        if target.state.complete:
            # Nothing is left to be done but to let go of the keys and values.
            self.stop.set()
            return AT_ONCE
        proposed = self._trie.best(LARGEST_TREE)
        tree = self._calibration.calibrate(proposed)
        wait_until = self._wait_until(target, tree)
        if wait_until > time.monotonic():
            return min(wait_until, self.deadline) if self.inbox.empty() else AT_ONCE
        self._pass(target, proposed, tree.head(self._size(target, tree)))
        return AT_ONCE

    def _take_hints(self) -> None:
        taken = 0
        while taken < CANDIDATES_A_STEP:
            try:
                came, hint = self.inbox.get_nowait()
            except queue.Empty:
                return
            assert isinstance(hint, Hint)
            taken += 1 + len(hint.tokens)
            before = self._trie.candidates
            for index in range(len(hint.tokens)):
                self._take_node(hint, index)
            if self._trie.candidates > before:
                self._clock.hinted(came)

    def _take_node(self, hint: Hint, index: int) -> None:
        number, parent = hint.first + index, hint.parents[index]
        if number in self._nodes:
            return
        if len(self._nodes) >= MOST_NAMED:
            self.served.counters.dropped_hints += 1
            return
        try:
            above = self._nodes[parent] if parent >= 0 else self._trie.after_verified(-parent - 1)
            self._nodes[number] = self._trie.add(
                above, hint.tokens[index], hint.likely[index] / 255, HintSource.CLIENT
            )
        except (KeyError, HintRefused):
            self.served.counters.dropped_hints += 1

    def _wait_until(self, target: TargetTurn, tree: CandidateTree) -> float:
        """Returns until when to wait for a hint, in seconds of the monotonic clock."""
        if self._told_at is not None:
            if HintSource.CLIENT not in tree.sources:
                self._clock.told(self._told_at)
            self._told_at = None
        if self.begin.patience == 0.0 or "client" not in self.begin.sources:
            return AT_ONCE
        return self._clock.wait_until(
            time.monotonic(),
            self.begin.patience,
            hint_gain(tree, self._calibration, target.state),
            self.served.pass_cost.seconds(target.pending),
        )

    def _size(self, target: TargetTurn, tree: CandidateTree) -> int:
        tokens_each = max(1.0, self._tokens_each.mean)
        return self.served.pass_cost.best_size(
            tree.expected,
            pending=target.pending,
            tokens_each=tokens_each,
            single=self._single,
        )

    def _pass(self, target: TargetTurn, proposed: CandidateTree, tree: CandidateTree) -> None:
        version, pending = target.version, target.pending
        verdict = target.advance(
            tree,
            single=self._single,
            on_exit=self.tell_guess(version) if self.begin.provisional else None,
        )
        self.count(verdict)
        if not verdict.choices:
            return
        if tree:
            self._tokens_each.add((verdict.tokens - pending) / len(tree))
        self.tell(version, verdict.choices, verdict.accepted, verdict.sources, verdict.tokens)
        self._told_at = time.monotonic()
        for name in self._asked:
            self._worth[name].gave(verdict.sources.count(name))
        self._take_in(target, proposed, verdict.choices)

    def _take_in(self, target: TargetTurn, proposed: CandidateTree, choices: Sequence[int]) -> None:
        self._calibration.observe(proposed, choices)
        for choice in choices:
            self._trie.advance(choice)
        self._asked = []
        if not target.state.complete:
            self._ask_sources(target)

    def _ask_sources(self, target: TargetTurn) -> None:
        pass_seconds = self.served.pass_cost.seconds(target.pending)
        for name, source in self._sources.items():
            if self._worth[name].worth_asking(pass_seconds):
                started = time.monotonic()
                source.propose(target, self._trie)
                self._worth[name].asked(time.monotonic() - started)
                self._asked.append(name)
