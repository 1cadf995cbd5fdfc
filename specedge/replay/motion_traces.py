"""The actions that were driven, out of the many states of specedge_msgs/MotionState."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from specedge.replay.trace_records import MotionTrace

Key = tuple[str, int]
Speeds = tuple[float, float, float]


@dataclass
class _Drive:
    action: str
    begun: float
    ended: float
    requested: Speeds = (0.0, 0.0, 0.0)
    commanded: Speeds = (0.0, 0.0, 0.0)
    limits: dict[str, None] = field(default_factory=dict)

    def take(self, message: Any, moment: float) -> None:
        self.ended = moment
        self.requested = _larger(self.requested, message.requested)
        self.commanded = _larger(self.commanded, message.commanded)
        self.limits |= dict.fromkeys(message.limits)


class Drives:
    """Joins the states of one action after the other.

    Attributes:
        outcomes: How each command ended, by goal and turn.
    """

    def __init__(self) -> None:
        self.outcomes: dict[Key, str] = {}
        self._drives: dict[Key, list[_Drive]] = {}
        self._current: tuple[Key, str] | None = None

    def take(self, message: Any) -> None:
        """Takes a specedge_msgs/MotionState."""
        moment = message.header.stamp.sec + message.header.stamp.nanosec * 1e-9
        if message.finished_turn and message.outcome:
            self.outcomes[message.goal_id, message.finished_turn] = message.outcome
        key = (message.goal_id, message.turn)
        if not message.action:
            self._current = None
            return
        drives = self._drives.setdefault(key, [])
        if self._current != (key, message.action):
            self._current = (key, message.action)
            drives.append(_Drive(message.action, moment, moment))
        drives[-1].take(message, moment)

    def by_turn(self) -> dict[Key, list[MotionTrace]]:
        """Returns the actions of each command, in the order in which they were driven."""
        return {key: [_trace(drive) for drive in drives] for key, drives in self._drives.items()}


def _trace(drive: _Drive) -> MotionTrace:
    return MotionTrace(
        drive.action, drive.begun, drive.ended, drive.requested, drive.commanded,
        tuple(drive.limits),
    )  # fmt: skip


def _larger(speeds: Speeds, twist: Any) -> Speeds:
    found = (float(twist.linear.x), float(twist.linear.y), float(twist.angular.z))
    x, y, yaw = (max(pair, key=abs) for pair in zip(speeds, found, strict=True))
    return x, y, yaw
