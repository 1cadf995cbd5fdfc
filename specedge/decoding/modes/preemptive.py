"""Mode ``preemptive``: draft on from what the target's early exits expect.

While a proposal is verified, each exit of the target tells which of it will stand and which token
comes next. The draft goes on from there before the verdict is known. What it drafts is kept by
(version, accepted, next token); when the verdict names one of these keys, the next proposal is
ready and leaves at once, and the drafting has cost no time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specedge.edge.turn import Draft, Turn

Key = tuple[int, int, int]


def preemptive(turn: Turn) -> None:
    """Drafts ahead of every verdict."""
    turn.begin(provisional=True)
    turn.begin_draft()
    draft = turn.start_draft()
    while True:
        proposal = turn.finish_draft(draft)
        version = turn.version
        turn.propose(proposal)
        cache: dict[Key, Draft] = {}
        for guess in turn.answers():
            if guess.token is None:
                continue  # it expects the text to end here: there is nothing to draft
            key = (version, guess.accepted, guess.token)
            if key not in cache and guess.accepted <= len(proposal):
                cache[key] = turn.start_draft([*proposal[: guess.accepted], guess.token])
        if turn.complete:
            return
        accepted = turn.version - version - 1
        ahead = cache.get((version, accepted, turn.state.choices[-1]))
        if ahead is not None and ahead.choices:
            turn.account.cache_hits += 1
        else:
            turn.account.cache_misses += 1
        draft = ahead or turn.start_draft()
