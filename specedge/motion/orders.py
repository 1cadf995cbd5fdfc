"""Which commands are taken: the newest turn in time, inside the envelope, and nothing else."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from specedge.commands import Action, ActionKind, render_action
from specedge.commands.actions import (
    LARGEST_TURN_DEGREES,
    LONGEST_SIDESTEP_DECIMETRES,
    LONGEST_STEP_BACK_DECIMETRES,
    LONGEST_WALK_DECIMETRES,
    MOST_ACTIONS,
)

_ROUNDING = 1e-6


@dataclass(frozen=True)
class Order:
    """A command as it reaches the robot's legs.

    Attributes:
        goal_id: The goal that it serves.
        turn: Number of the turn that decoded it; grows while one vlm_node lives.
        stamp: Capture time of its frame, in seconds of the ROS clock.
        captured: The same on the steady clock.
        expires: Steady clock time after which it is not begun.
        actions: What to do, in order.
        complete: Whether these are all; otherwise the same turn comes again with the rest.
    """

    goal_id: str
    turn: int
    stamp: float
    captured: float
    expires: float
    actions: tuple[Action, ...]
    complete: bool = True


class Verdict(enum.Enum):
    """What becomes of an order."""

    BEGIN = "begin"
    EXTEND = "extend"
    REPEATED = "repeated"
    STALE = "stale"
    REFUSE = "refuse"


def judge(order: Order, current: Order | None, now: float) -> tuple[Verdict, str]:
    """Decides what becomes of an order, and why when it is not simply begun.

    STALE orders leave what is done alone. REFUSE is for an order that is newer than the current
    one and must not be done: whoever sent it has moved on, so the current one ends as well.
    """
    if current is not None and order.goal_id == current.goal_id and order.turn == current.turn:
        return _judge_same_turn(order, current)
    if current is not None and not _newer(order, current):
        return Verdict.STALE, (
            f"turn {order.turn} of goal {order.goal_id or '-'} is older than "
            f"turn {current.turn} of goal {current.goal_id or '-'}"
        )
    if fault := _fault(order):
        return Verdict.REFUSE, f"turn {order.turn}: {fault}"
    if not now <= order.expires:
        return Verdict.REFUSE, f"turn {order.turn} came {now - order.expires:.2f} s too late"
    return Verdict.BEGIN, ""


def _newer(order: Order, current: Order) -> bool:
    if order.goal_id == current.goal_id:
        return order.turn > current.turn
    # A vlm_node that was started again counts its turns from the beginning, but time goes on.
    return order.turn > current.turn or order.stamp > current.stamp


def _judge_same_turn(order: Order, current: Order) -> tuple[Verdict, str]:
    if order.actions == current.actions and order.complete == current.complete:
        return Verdict.REPEATED, ""
    if current.complete:
        return Verdict.STALE, f"turn {order.turn} was complete already"
    if order.actions[: len(current.actions)] != current.actions:
        return Verdict.REFUSE, f"turn {order.turn} takes back an action that was verified"
    if fault := _fault(order):
        return Verdict.REFUSE, f"turn {order.turn}: {fault}"
    return Verdict.EXTEND, ""


def _fault(order: Order) -> str:
    if not order.actions:
        return "has no action"
    if len(order.actions) > MOST_ACTIONS:
        return f"has {len(order.actions)} actions, allowed are {MOST_ACTIONS}"
    for action in order.actions:
        if not _allowed(action):
            return f"'{render_action(action)}' is outside the declared amounts"
    return ""


def _allowed(action: Action) -> bool:
    if action.kind is ActionKind.TURN:
        return abs(action.amount) <= math.radians(LARGEST_TURN_DEGREES) + _ROUNDING
    if action.kind is ActionKind.SIDESTEP:
        return abs(action.amount) <= LONGEST_SIDESTEP_DECIMETRES / 10 + _ROUNDING
    if action.kind is ActionKind.WALK:
        longest = LONGEST_WALK_DECIMETRES if action.amount > 0 else LONGEST_STEP_BACK_DECIMETRES
        return abs(action.amount) <= longest / 10 + _ROUNDING
    return True
