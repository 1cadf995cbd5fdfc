"""What a link does to data: when it arrives, if at all. Pure arithmetic, no sockets, no clock."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

BITS = 8


@dataclass(frozen=True)
class Outage:
    """A time in which nothing gets through.

    Attributes:
        start: Seconds after the conditions that name it were set.
        duration: Seconds.
        cut: Whether connections are cut and refused meanwhile; otherwise data only waits.
    """

    start: float
    duration: float
    cut: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and self.start >= 0.0):
            raise ValueError(f"an outage starts now or later, not in {self.start} s")
        if not self.duration > 0.0:
            raise ValueError(f"an outage lasts some time, not {self.duration} s")


@dataclass(frozen=True)
class LinkConditions:
    """How a link behaves.

    Attributes:
        round_trip: Seconds; half of it each way.
        jitter: Seconds; each piece of data takes up to this much longer, evenly spread. The order
            stays, as in TCP, so that a late piece holds up those behind it.
        bandwidth: Bits per second each way, shared by all connections; 0 for no limit.
        outages: Times in which nothing gets through.
        seed: Of the jitter.
    """

    round_trip: float = 0.0
    jitter: float = 0.0
    bandwidth: float = 0.0
    outages: tuple[Outage, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("round_trip", "jitter", "bandwidth"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{name} {value} is not a number from 0 on")

    @classmethod
    def from_json(cls, content: dict[str, object]) -> LinkConditions:
        """Reads conditions from the names of their attributes.

        Raises:
            ValueError: a name or value is none of theirs.
        """
        try:
            outages = [Outage(**outage) for outage in content.get("outages", ())]  # type: ignore[attr-defined]
            return cls(**{**content, "outages": tuple(outages)})  # type: ignore[arg-type]
        except TypeError as error:
            raise ValueError(f"not the conditions of a link: {error}") from error


class Direction:
    """One way through a link, for all its connections.

    Args:
        conditions: How the link behaves.
        since: The time at which the conditions were set.
        stream: Tells the jitter of the two ways apart.
    """

    def __init__(self, conditions: LinkConditions, since: float, stream: int) -> None:
        self._conditions = conditions
        self._since = since
        self._random = random.Random(f"{conditions.seed}/{stream}")
        self._free = -math.inf

    def arrival(self, now: float, size: int) -> float:
        """Returns when ``size`` bytes arrive that are sent now, the order of streams left aside."""
        conditions = self._conditions
        begin = self.resumes(max(now, self._free))
        if conditions.bandwidth > 0.0:
            begin += size * BITS / conditions.bandwidth
            self._free = begin
        jitter = conditions.jitter * self._random.random()
        return self.resumes(begin + conditions.round_trip / 2.0 + jitter)

    def resumes(self, now: float) -> float:
        """Returns when data can pass next: ``now``, or the end of the outage at that time."""
        for outage in sorted(self._conditions.outages, key=lambda outage: outage.start):
            start = self._since + outage.start
            if start <= now < start + outage.duration:
                now = start + outage.duration
        return now

    def is_cut(self, now: float) -> bool:
        """Whether connections are refused at that time."""
        return any(
            outage.cut and 0.0 <= now - self._since - outage.start < outage.duration
            for outage in self._conditions.outages
        )
