"""What the pilot says about itself."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from specedge.motion.velocity import BodyVelocity


class PilotState(enum.Enum):
    """What the robot's legs are at; the value is its name on the wire.

    MOVING: an order is carried out, or the robot is not yet seen to stand still after it.
    TAKEN_OVER: somebody drives the robot himself. What it was ordered then is not carried on.
    """

    STARTING = "starting"
    READY = "ready"
    MOVING = "moving"
    STOPPED = "stopped"
    EMERGENCY = "estopped"
    TAKEN_OVER = "taken_over"
    NOT_READY = "not_ready"
    FAULTED = "faulted"


@dataclass(frozen=True)
class MotionReport:
    """A moment of the pilot.

    Attributes:
        state: What the legs are at.
        goal_id: The goal of the newest order.
        turn: The turn of the newest order.
        action: The action in progress, as text; empty when there is none.
        progress: Of that action, 0 to 1.
        requested: What the action asked for.
        commanded: What the guard let through.
        limits: Refusals, cuts and calls since the last report, each once.
        finished_turn: The newest turn that has ended; 0 before the first.
        outcome: How it ended (`specedge.motion.executor.Outcome`).
        detail: Why, when it did not end well.
        emergency: Why the emergency stop is latched; empty when it is not.
    """

    state: PilotState
    goal_id: str
    turn: int
    action: str
    progress: float
    requested: BodyVelocity
    commanded: BodyVelocity
    limits: tuple[str, ...]
    finished_turn: int
    outcome: str
    detail: str
    emergency: str
