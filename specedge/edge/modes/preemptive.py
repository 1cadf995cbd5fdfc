"""Mode ``preemptive``: draft on from what the target is likely to say, before it has said it.

A verdict says how many choices of a proposal stand and which token comes next. While it is
awaited, the draft goes on from the likeliest of these outcomes, a few branches in each step. How
likely one is the draft itself says first, by how sure it was of each proposed choice and what it
would have said instead; then the target's early exits tell what they expect, and with what
confidence, and the branches follow that. What has been drafted is kept by (version, accepted, next
token). When the verdict names one of these keys, the next proposal is ready and leaves at once, and
the drafting has cost no time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specedge.decoding.acceptance import common_prefix
from specedge.edge.modes.proposing import finish_proposal
from specedge.edge.result import Miss

if TYPE_CHECKING:
    from specedge.edge.draft_tree import DraftTree
    from specedge.edge.turn import Turn

BRANCHES = 4
"""Outcomes that are drafted for at a time."""
LEAST = 0.01
"""Probability below which an outcome is not drafted for."""
LONGEST_AHEAD = 16
"""Choices that are drafted for one outcome, where the length of a proposal is not given."""

Key = tuple[int, int, int]


def preemptive(turn: Turn) -> None:
    """Drafts ahead of every verdict."""
    turn.begin(free=False, sources=["forced"], provisional=True)
    turn.begin_draft()
    while True:
        proposal = finish_proposal(turn)
        turn.propose(proposal)
        longest = turn.settings.gamma or LONGEST_AHEAD
        outcomes = Outcomes(turn.version, proposal, turn.tree, longest)
        while turn.version == outcomes.version:
            turn.ask_draft(*outcomes.likeliest())
            turn.wait()
        # The draft stops here if it is at work on what has not come true.
        turn.ask_draft([], 0)
        if turn.complete:
            return
        miss = outcomes.judge(turn.state.choices[outcomes.version :])
        if miss is None:
            turn.account.cache_hits += 1
        else:
            turn.account.misses[miss] += 1


class Outcomes:
    """What may become of one proposal, and how far each possibility has been drafted for.

    Args:
        version: Verified choices before the proposal.
        proposal: Its choices.
        tree: What draft and exits expect; it is the cache, too.
        longest: Choices to draft for one outcome.
    """

    def __init__(self, version: int, proposal: list[int], tree: DraftTree, longest: int) -> None:
        self.version = version
        self._proposal, self._tree, self._longest = proposal, tree, longest
        self._named: set[Key] = set()
        self._asked: set[Key] = set()
        self._evicted: set[Key] = set()

    def likeliest(self) -> tuple[list[list[int]], int]:
        """Returns the texts to draft on from, and how many steps."""
        texts: list[list[int]] = []
        room: list[int] = []
        asked: set[Key] = set()
        for _, end in self._tree.open_ends(LEAST):
            choices = end.choices()
            ahead = choices[self.version :]
            accepted = common_prefix(self._proposal, ahead)
            left = self._longest - (len(ahead) - accepted - 1)
            if accepted < len(ahead):
                self._named.add((self.version, accepted, ahead[accepted]))
            if left > 0 and len(texts) < BRANCHES:
                texts.append(choices)
                room.append(left)
                if accepted < len(ahead):
                    asked.add((self.version, accepted, ahead[accepted]))
        self._evicted = (self._evicted | self._asked) - asked
        self._asked = asked
        return texts, min(room, default=0)

    def judge(self, verdict: list[int]) -> Miss | None:
        """Returns why nothing was drafted for a verdict; None if something was."""
        if self._tree.verified.drafted:
            return None
        accepted = common_prefix(self._proposal, verdict)
        key = (self.version, accepted, verdict[min(accepted, len(verdict) - 1)])
        if key in self._evicted:
            return Miss.EVICTED
        return Miss.NOT_IN_TIME if key in self._named else Miss.NOT_PREDICTED
