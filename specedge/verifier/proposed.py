"""A turn whose robot sets the pace: proposal, verdict, next proposal."""

from __future__ import annotations

import queue

from specedge.decoding.target import TargetTurn
from specedge.protocol.messages import Propose
from specedge.verifier.model_thread import AT_ONCE
from specedge.verifier.served_turn import ServedTurn


class ProposedTurn(ServedTurn):
    """Answers each proposal with one verdict, and at the exits before it if the robot asks so."""

    accepts = Propose

    def begun(self, target: TargetTurn) -> None:
        """The first proposal is answered when it comes; often it is there already."""

    def go_on(self, target: TargetTurn) -> float | None:
        """Answers the next proposal."""
        try:
            came, proposal = self.inbox.get_nowait()
        except queue.Empty:
            return None if target.state.complete else self.deadline
        assert isinstance(proposal, Propose)
        guessing = self.begin.provisional and proposal.choices
        verdict = target.verify(
            proposal.version,
            proposal.choices,
            self.tell_guess(proposal.version) if guessing else None,
        )
        self.count(verdict)
        self.tell(
            verdict.version,
            verdict.choices,
            verdict.accepted,
            verdict.sources,
            verdict.tokens,
            since=came,
        )
        return AT_ONCE
