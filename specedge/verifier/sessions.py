"""What the verifier knows of each robot."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from specedge.protocol.messages import Begin, Message
from specedge.verifier.estimates import RobotEstimates
from specedge.verifier.free_run import FreeTurn
from specedge.verifier.proposed import ProposedTurn
from specedge.verifier.served import Served
from specedge.verifier.served_turn import ServedTurn


@dataclass
class Session:
    """One robot.

    Attributes:
        identity: Of its connection, as ROUTER names it; another one after a reconnect.
        turn: The turn in progress; only the newest is kept.
        heard: Monotonic time of its last message, in seconds.
        estimates: What is learnt about it over its turns.
    """

    name: str
    identity: bytes
    turn: ServedTurn | None = None
    heard: float = field(default_factory=time.monotonic)
    estimates: RobotEstimates = field(default_factory=RobotEstimates)

    def begin(
        self, served: Served, begin: Begin, frame: bytes, reply: Callable[[Message], None]
    ) -> ServedTurn:
        """Begins a turn in place of the last; see `ServedTurn` for the arguments."""
        if begin.free:
            self.turn = FreeTurn(served, begin, frame, reply, self.estimates)
        else:
            self.turn = ProposedTurn(served, begin, frame, reply)
        return self.turn

    def end_turn(self) -> ServedTurn | None:
        """Ends the turn in progress, a pass at its next layer; returns it for its last step."""
        ended, self.turn = self.turn, None
        if ended is not None:
            ended.stop.set()
        return ended
