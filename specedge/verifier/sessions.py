"""What the verifier knows of each robot."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from specedge.verifier.calibration import Calibration
from specedge.verifier.patience import HintTimes
from specedge.verifier.served_turn import ServedTurn


@dataclass
class Session:
    """One robot.

    Attributes:
        identity: Of its connection, as ROUTER names it; another one after a reconnect.
        turn: The turn in progress; only the newest is kept.
        heard: Monotonic time of its last message, in seconds.
        calibration: How often candidates for it come true.
        hint_times: When its hints come.
    """

    name: str
    identity: bytes
    turn: ServedTurn | None = None
    heard: float = field(default_factory=time.monotonic)
    calibration: Calibration = field(default_factory=Calibration)
    hint_times: HintTimes = field(default_factory=HintTimes)

    def replace_turn(self, turn: ServedTurn | None) -> None:
        """Ends the turn in progress and puts another in its place."""
        if self.turn is not None:
            self.turn.stop.set()
        self.turn = turn
