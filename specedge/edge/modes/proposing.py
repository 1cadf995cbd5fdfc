"""What the modes have in common that propose and wait for the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specedge.protocol.messages import MOST_CHOICES

if TYPE_CHECKING:
    from specedge.edge.turn import Turn


def finish_proposal(turn: Turn) -> list[int]:
    """Drafts until a proposal is long enough, and returns it.

    That is ``gamma`` choices, or what the measured costs say; what has been drafted already counts.
    """
    longest = max(1, MOST_CHOICES - turn.version)
    ready = len(turn.tree.line(longest))
    length = min(longest, turn.settings.gamma or turn.estimates.best_length(ready))
    while True:
        line = turn.tree.line(length)
        text = [*turn.state.choices, *line]
        end = turn.tree.find(text)
        if len(line) >= length or (end is not None and end.complete):
            turn.ask_draft([], 0)
            return line
        turn.ask_draft([text], length - len(line))
        turn.wait()
