"""Mode ``cloud``: the target alone, its tokens sent as they come.

The baseline that counts: it has the target's keys and values cached, and pays the link once. Each
token is a pass of its own, those that the grammar forces as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specedge.edge.turn import Turn


def cloud(turn: Turn) -> None:
    """Sends the frame and takes token after token."""
    turn.begin(free=True)
    while not turn.complete:
        turn.wait()
