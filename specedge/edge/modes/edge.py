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
    turn.ask_draft([turn.state.choices], LONGEST_TEXT)
    while not turn.complete:
        require_room(turn.state)
        turn.wait()
        turn.accept(turn.tree.first_choices(), TokenSource.DRAFT)
