"""Mode ``cloud``: the target alone, its tokens streamed as they come.

The baseline that counts: it has the target's keys and values cached, and pays the link once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specedge.edge.turn import Turn


def cloud(turn: Turn) -> None:
    """Sends the frame and takes token after token."""
    turn.begin(streamed=True)
    while not turn.complete:
        turn.wait_verdict()
