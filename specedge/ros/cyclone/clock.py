"""Points in time and spans of it, as rclpy has them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import total_ordering
from typing import Any

from specedge.ros.cyclone.types import message_class

NANOSECONDS = 1_000_000_000


class Duration:
    """A span of time."""

    def __init__(self, *, seconds: float = 0, nanoseconds: int = 0) -> None:
        self.nanoseconds = int(seconds * NANOSECONDS) + nanoseconds

    def to_msg(self) -> Any:
        """Returns it as builtin_interfaces/Duration."""
        seconds, rest = divmod(self.nanoseconds, NANOSECONDS)
        return message_class("builtin_interfaces/msg/Duration")(sec=seconds, nanosec=rest)

    def __repr__(self) -> str:
        return f"Duration(nanoseconds={self.nanoseconds})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and self.nanoseconds == other.nanoseconds

    def __lt__(self, other: Duration) -> bool:
        return self.nanoseconds < other.nanoseconds

    def __gt__(self, other: Duration) -> bool:
        return self.nanoseconds > other.nanoseconds

    def __hash__(self) -> int:
        return hash(self.nanoseconds)


@total_ordering
class Time:
    """A point in time, counted from 1970 where it comes from a node's clock."""

    def __init__(self, *, seconds: float = 0, nanoseconds: int = 0) -> None:
        self.nanoseconds = int(seconds * NANOSECONDS) + nanoseconds

    def to_msg(self) -> Any:
        """Returns it as builtin_interfaces/Time."""
        seconds, rest = divmod(self.nanoseconds, NANOSECONDS)
        return message_class("builtin_interfaces/msg/Time")(sec=seconds, nanosec=rest)

    def __sub__(self, other: Time | Duration) -> Any:
        span = self.nanoseconds - other.nanoseconds
        if isinstance(other, Time):
            return Duration(nanoseconds=span)
        return Time(nanoseconds=span)

    def __add__(self, other: Duration) -> Time:
        return Time(nanoseconds=self.nanoseconds + other.nanoseconds)

    def __repr__(self) -> str:
        return f"Time(nanoseconds={self.nanoseconds})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Time) and self.nanoseconds == other.nanoseconds

    def __lt__(self, other: Time) -> bool:
        return self.nanoseconds < other.nanoseconds

    def __hash__(self) -> int:
        return hash(self.nanoseconds)


@dataclass(frozen=True)
class Clock:
    """The system's clock; simulated time (/clock) is not offered, as nothing here needs it."""

    def now(self) -> Time:
        return Time(nanoseconds=time.time_ns())


class SteadyClock(Clock):
    """A clock that nothing sets or holds; its times have no date."""

    def now(self) -> Time:
        return Time(nanoseconds=time.monotonic_ns())
