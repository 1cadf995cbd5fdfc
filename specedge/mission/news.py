"""What a mission takes in and gives out."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from specedge.commands import Action, Context
from specedge.edge.decoder import TokenEvent


@dataclass(frozen=True)
class Frame:
    """A picture of the front camera.

    Attributes:
        jpeg: The compressed picture.
        stamp: When it was taken, in seconds of the ROS clock.
    """

    jpeg: bytes
    stamp: float


@dataclass(frozen=True)
class MotionNews:
    """What the motion controller last said.

    Attributes:
        stamp: When it said so, in seconds of the ROS clock.
        state: One of the states of specedge_msgs/MotionState.
        goal_id: The goal of the newest command that it took.
        finished_turn: The newest turn of that goal that has ended; 0 before the first.
        outcome: How it ended.
        reasons: What it refused or held, with its reasons.
    """

    stamp: float
    state: str
    goal_id: str = ""
    finished_turn: int = 0
    outcome: str = ""
    reasons: tuple[str, ...] = ()


class MissionState(enum.Enum):
    """What becomes of the goal; the value is its name on the wire."""

    IDLE = "idle"
    WAITING_FOR_CAMERA = "waiting_for_camera"
    WAITING_FOR_MODELS = "waiting_for_models"
    WAITING_FOR_ROBOT = "waiting_for_robot"
    DECIDING = "deciding"
    ACTING = "acting"
    REACHED = "reached"
    CANNOT = "cannot"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class MissionStatus:
    """A moment of a mission; the numbers are those of the newest finished decode.

    Attributes:
        latency: Seconds from frame to command.
        first_action_latency: Seconds from frame to the first action.
        acceptance: Share of drafted tokens that were right, 0 to 1.
        exit_agreement: Per exit layer, the share of its guesses that the verdict confirmed.
    """

    state: MissionState = MissionState.IDLE
    goal_id: str = ""
    goal: str = ""
    detail: str = ""
    turn: int = 0
    text: str = ""
    latency: float = 0.0
    first_action_latency: float = 0.0
    acceptance: float = 0.0
    tokens: int = 0
    target_passes: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    exit_agreement: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Goal:
    """A sentence to obey.

    Attributes:
        id: Names it in every message about it.
        text: The sentence.
    """

    id: str
    text: str


@dataclass(frozen=True)
class Basis:
    """What a command was decoded with, besides its frame; the same again gives the same text.

    Attributes:
        context: What the models were told.
        seed: Of the turn's noise.
        temperature: Of the choice of tokens.
    """

    context: Context
    seed: int
    temperature: float


@dataclass(frozen=True)
class Spoken:
    """A command as it goes to the motion controller.

    Attributes:
        goal: What it serves.
        turn: The turn that decoded it.
        stamp: Capture time of its frame, in seconds of the ROS clock.
        expires: When it is too late to begin it, in seconds of the ROS clock.
        text: The command's text, as far as it is known.
        actions: What to do.
        complete: Whether these are all.
        basis: What it was decoded with; None for an order that no model gave.
    """

    goal: Goal
    turn: int
    stamp: float
    expires: float
    text: str
    actions: tuple[Action, ...]
    complete: bool
    basis: Basis | None = None


class Voice(Protocol):
    """Where a mission is heard; every method may be called from any thread."""

    def command(self, spoken: Spoken) -> None:
        """Sends a command to the motion controller."""

    def tokens(self, turn: int, stamp: float, event: TokenEvent) -> None:
        """Tells of drafted, verified or rejected tokens."""

    def status(self, status: MissionStatus) -> None:
        """Tells how the mission stands."""
