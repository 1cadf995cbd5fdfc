"""The draft model of one turn as the robot sees it: a tree that grows while it works."""

from __future__ import annotations

from collections.abc import Sequence

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.edge.account import Account
from specedge.edge.decoder import DraftLost
from specedge.edge.draft_messages import BeginDraft, Expand, Expanded, StopDraft
from specedge.edge.draft_tree import DraftTree
from specedge.edge.drafter import Drafter
from specedge.edge.estimates import EdgeEstimates
from specedge.edge.result import TraceKind

WIDTH = 3
"""Next choices that the draft tells of each text; they cost it nothing."""


class Drafting:
    """Asks the draft model, and takes what it says into a tree.

    Args:
        number: Of the turn.
        drafter: The draft model; None where the mode has none.
        estimates: Of what a step takes and how often the draft is right.
        account: Of the turn.

    Attributes:
        tree: What the draft has said.
    """

    def __init__(
        self, number: int, drafter: Drafter | None, estimates: EdgeEstimates, account: Account
    ) -> None:
        self.tree = DraftTree(estimates)
        self._number = number
        self._drafter = drafter
        self._estimates, self._account = estimates, account
        self._needed, self._lost = False, False
        self._request = 0
        # Texts that the draft is at work on, with the steps that each has left.
        self._lines: dict[tuple[int, ...], int] = {}

    @property
    def possible(self) -> bool:
        """Whether there is a draft model."""
        return self._drafter is not None and not self._lost

    def begin(
        self, frame: bytes, context: Context, sampling: Sampling, *, needed: bool = True
    ) -> None:
        """Sends the frame to the draft model.

        Args:
            needed: Whether the turn is over if the draft model is lost.
        """
        self._needed = needed
        begin = BeginDraft(
            self._number,
            context.goal,
            context.last_command,
            context.outcome,
            sampling.temperature,
            sampling.top_k,
            sampling.top_p,
            sampling.seed,
        )
        self._open_drafter.send(begin, frame)
        self._account.drafting(busy=False)

    def ask(self, texts: Sequence[Sequence[int]], steps: int) -> None:
        """Has these texts gone on with, all in each step; anything else is dropped.

        What is being done already is not asked for again, and no text means nothing to do.
        """
        wanted = {tuple(text) for text in texts} if steps > 0 else set()
        if self._lost or wanted == self._lines.keys():
            return
        self._lines = dict.fromkeys(wanted, steps)
        if wanted:
            self._request += 1
            prefixes = [list(text) for text in texts]
            self._open_drafter.send(Expand(self._number, self._request, prefixes, WIDTH, steps))
        else:
            self._open_drafter.send(StopDraft())
        self._account.drafting(busy=bool(wanted))

    def lose(self, reason: str) -> None:
        """Does without the draft model from here on.

        Raises:
            DraftLost: it is needed.
        """
        if self._needed:
            raise DraftLost(reason)
        self._lost = True
        self._lines = {}
        self._account.drafting(busy=False)

    def take(self, step: Expanded) -> None:
        """Takes in a step; what an earlier request has still brought is welcome, too."""
        # What follows the prompt was read with it: that step has cost no pass.
        if step.seconds > 0.0 and all(step.prefixes):
            self._estimates.step.add(step.seconds)
        for prefix, candidates in zip(step.prefixes, step.candidates, strict=True):
            self.tree.grow(prefix, candidates)
            if step.request == self._request:
                left = self._lines.pop(tuple(prefix), 1) - 1
                if left > 0 and candidates and not candidates[0].complete:
                    self._lines[(*prefix, candidates[0].token)] = left
        self._account.note(
            TraceKind.DRAFTED,
            min((len(prefix) for prefix in step.prefixes), default=0),
            len(step.prefixes),
            step.seconds,
        )
        if not self._lines:
            self._account.drafting(busy=False)

    @property
    def _open_drafter(self) -> Drafter:
        assert self._drafter is not None, "this mode has no draft model"
        return self._drafter
