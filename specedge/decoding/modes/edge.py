"""Mode ``edge``: the draft model alone; no network, and the draft's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specedge.decoding.grammar import LONGEST_TEXT, require_room
from specedge.edge.decoder import TokenSource

if TYPE_CHECKING:
    from specedge.edge.turn import Turn


def edge(turn: Turn) -> None:
    """Drafts to the end of the command and takes every token as it comes."""
    turn.begin_draft()
    draft = turn.start_draft(count=LONGEST_TEXT)
    while not turn.complete:
        require_room(turn.state)
        turn.grow_draft(draft)
        turn.accept(draft.choices[turn.version :], TokenSource.DRAFT)
