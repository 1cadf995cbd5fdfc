"""From what a robot asks for to the turn that serves it."""

from __future__ import annotations

from collections.abc import Callable

from specedge.protocol.messages import Begin, Message
from specedge.verifier.free_run import FreeTurn
from specedge.verifier.proposed import ProposedTurn
from specedge.verifier.served_turn import Served, ServedTurn
from specedge.verifier.sessions import Session


def begin_turn(
    served: Served, begin: Begin, frame: bytes, session: Session, reply: Callable[[Message], None]
) -> ServedTurn:
    """Returns the turn that does what ``begin`` asks for; see `ServedTurn` for the arguments."""
    if not begin.free:
        return ProposedTurn(served, begin, frame, reply)
    return FreeTurn(
        served,
        begin,
        frame,
        reply,
        calibration=session.calibration,
        hint_times=session.hint_times,
    )
