"""Mode ``speculative``: draft gamma tokens, have them verified, repeat.

Each round costs a round trip, the drafting and one pass of the target, and gives between one token
and gamma + 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specedge.edge.modes.proposing import finish_proposal

if TYPE_CHECKING:
    from specedge.edge.turn import Turn


def speculative(turn: Turn) -> None:
    """Drafts and proposes in turns with the verifier."""
    # The verifier reads the frame while the first tokens are drafted.
    turn.begin(free=False, sources=["forced"])
    turn.begin_draft()
    while not turn.complete:
        turn.propose(finish_proposal(turn))
        version = turn.version
        while turn.version == version:
            turn.wait()
