"""Mode ``streaming``: nobody waits; the robot drafts ahead of a verifier that never stops.

The verifier begins each pass as soon as the last has ended, from the verified text and with
whatever candidates it has by then: the robot's hints, its own self-draft, the last command, what
the grammar forces. So it is never slower than ``cloud``, and each hint that is right and in time
saves a pass.

The robot drafts without pause after its best belief: what is verified, what the exits expect, and
its own draft. Where the draft is unsure it goes on from several choices at once. Each verdict and
each guess that contradicts the belief moves it, and the draft follows with its next step. What is
worth drafting and sending is for `specedge.edge.horizon.Horizon` to say. Without its draft model,
a robot that has lost it still gets the whole text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specedge.edge.horizon import Horizon

if TYPE_CHECKING:
    from specedge.edge.turn import Turn

BRANCHES = 4
"""Texts that are drafted on in one step at most."""
UNSURE = 0.25
"""A text is drafted on beside the likeliest one if it is at least this likely compared with it."""


def streaming(turn: Turn) -> None:
    """Drafts ahead of the verifier until it has said the whole text."""
    sources = set(turn.settings.sources)
    with_draft = "client" in sources and turn.has_draft
    if not with_draft:
        # Nobody is to wait for hints that cannot come.
        sources.discard("client")
    guesses = with_draft and turn.estimates.guesses_pay
    turn.begin(free=True, sources=sorted(sources), provisional=guesses)
    if not with_draft:
        while not turn.complete:
            turn.wait()
        return
    turn.begin_draft(needed=False)
    while not turn.complete:
        _draft_ahead(turn)
        turn.wait()
        while not turn.complete and turn.poll():
            pass


def _draft_ahead(turn: Turn) -> None:
    """Sends what is ready and has the draft go on where it is worth it."""
    horizon = Horizon.now(turn.verifier_version, turn.waited, turn.estimates)
    turn.hint(horizon.passed(), horizon.least)
    texts: list[list[int]] = []
    likeliest, steps = 0.0, 0
    for survival, end in turn.tree.open_ends(horizon.least):
        further = horizon.steps(end.depth, survival)
        if survival < UNSURE * likeliest or len(texts) == BRANCHES:
            break
        if further > 0:
            likeliest = max(likeliest, survival)
            steps = max(steps, further)
            texts.append(end.choices())
    turn.ask_draft(texts, steps)
