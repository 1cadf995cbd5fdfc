"""What there is to say of an episode when it has ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Ending(str, enum.Enum):
    """What ended an episode."""

    DONE = "done"
    OBEYED = "obeyed"
    CANNOT = "cannot"
    TURNS = "too many turns"
    TIME = "out of time"
    NO_COMMAND = "no command"


@dataclass(frozen=True)
class Motion:
    """Where a robot ended, seen from where it began: m, m, rad (all turns summed), and how.

    Attributes:
        forward, left: Place.
        turned: Sum of all turns, positive to the left.
        looked: From the rightmost heading to the leftmost.
        posture: ``standing`` or ``sitting``.
    """

    forward: float
    left: float
    turned: float
    looked: float
    posture: str


@dataclass(frozen=True)
class Episode:
    """How an episode went.

    Attributes:
        goal: What was to be reached in the end; empty for an order.
        success: Whether the robot stands before the goal, facing it, and said so, after it stood
            before everything that was to be reached before.
        claimed: Whether it said that it was done.
        reached: Name of the object that it stands before and faces; empty for none.
        passed: The same for each step that it said to be reached, with `next`.
        ending: What ended it.
        reason: Why it was given up; empty when it was not.
        distance: To the goal's footprint, m; NaN when the room lacks the goal.
        bearing: Of the goal, rad; NaN when the room lacks it.
        turns: How many commands were given.
        length: Of the way, m.
        shortest: Length of the shortest way, m.
        duration: Simulated time of the motion, s.
        collisions: How often the robot ran into something.
        motion: From the start to the end.
        commands: Their texts.
    """

    goal: str
    success: bool
    claimed: bool
    reached: str
    passed: tuple[str, ...]
    ending: Ending
    reason: str
    distance: float
    bearing: float
    turns: int
    length: float
    shortest: float
    duration: float
    collisions: int
    motion: Motion
    commands: tuple[str, ...]

    @property
    def spl(self) -> float:
        """Success weighted by path length, 0 to 1 (Anderson et al. 2018)."""
        if not self.success:
            return 0.0
        return self.shortest / max(self.shortest, self.length) if self.shortest > 0.0 else 1.0
