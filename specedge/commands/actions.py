"""What a command is made of, in SI units and REP-103 directions."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

CANNOT_REASONS = ("not found", "blocked", "unclear", "unsafe")
"""The reasons with which a model may give a goal up."""

STEP_DEGREES = 5
"""Angles are spoken in steps of this many degrees."""
LARGEST_TURN_DEGREES = 180
LARGEST_BEARING_DEGREES = 90
LARGEST_SEARCH_DEGREES = 360
LONGEST_WALK_DECIMETRES = 20
LONGEST_STEP_BACK_DECIMETRES = 10
LONGEST_SIDESTEP_DECIMETRES = 10
MOST_ACTIONS = 3


class ActionKind(enum.Enum):
    """One skill of the robot; the value is its number on the wire (specedge_msgs/Action)."""

    TURN = 0
    WALK = 1
    SIDESTEP = 2
    STOP = 3
    STAND = 4
    SIT = 5
    LOOK_AROUND = 6
    DONE = 7
    CANNOT = 8
    NEXT = 9


@dataclass(frozen=True)
class Action:
    """One thing to do.

    Attributes:
        kind: The skill.
        amount: TURN: radians, positive to the left. WALK: metres, positive forward.
            SIDESTEP: metres, positive to the left. Otherwise 0.
        reason: CANNOT: one of `CANNOT_REASONS`. Otherwise empty.
    """

    kind: ActionKind
    amount: float = 0.0
    reason: str = ""

    def __post_init__(self) -> None:
        if not math.isfinite(self.amount):
            raise ValueError(f"the amount of {self.kind.name} is {self.amount}, not a number")
        moves = self.kind in (ActionKind.TURN, ActionKind.WALK, ActionKind.SIDESTEP)
        if moves == (self.amount == 0.0):
            raise ValueError(f"{self.kind.name} with amount {self.amount}")
        if (self.kind is ActionKind.CANNOT) != (self.reason in CANNOT_REASONS):
            raise ValueError(f"{self.kind.name} with reason {self.reason!r}")


@dataclass(frozen=True)
class Sight:
    """Where the model sees what it is looking for.

    Attributes:
        name: What is looked for, such as ``red chair``.
        bearing: Radians from the robot's heading, positive to the left; None when not seen.
        distance: Metres from the robot's base to the object's nearest edge; None when not seen.
        searched: Radians turned so far without seeing it; None when seen.
    """

    name: str
    bearing: float | None = None
    distance: float | None = None
    searched: float | None = None

    def __post_init__(self) -> None:
        if (self.bearing is None) != (self.distance is None):
            raise ValueError("a sight has both a bearing and a distance, or neither")
        if (self.bearing is None) == (self.searched is None):
            raise ValueError("a sight is either seen or searched for")

    @property
    def seen(self) -> bool:
        """Whether the object is in view."""
        return self.bearing is not None


@dataclass(frozen=True)
class Command:
    """One answer of a model: what it sees, and one to three things to do.

    Attributes:
        sight: None for a direct order, which needs no object.
        actions: In the order in which they are done.
        text: The text that it was read from.
    """

    sight: Sight | None
    actions: tuple[Action, ...]
    text: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.actions) <= MOST_ACTIONS:
            raise ValueError(f"a command has 1 to {MOST_ACTIONS} actions, not {len(self.actions)}")
