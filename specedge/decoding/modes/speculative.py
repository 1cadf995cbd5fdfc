"""Mode ``speculative``: draft gamma tokens, have them verified, repeat.

Each round costs a round trip, the drafting and one pass of the target, and gives between one token
and gamma + 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specedge.edge.turn import Turn


def speculative(turn: Turn) -> None:
    """Drafts and proposes in turns with the verifier."""
    # The verifier reads the frame while the first tokens are drafted.
    turn.begin()
    turn.begin_draft()
    while not turn.complete:
        turn.propose(turn.finish_draft(turn.start_draft()))
        turn.wait_verdict()
