"""What a robot has been told of a turn, to be said again after a lost link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specedge.decoding.tree import HintSource
from specedge.protocol.messages import Lost, Resume, Verified


@dataclass(frozen=True)
class Cost:
    """What it took to come to the choices of a message; the fields are those of `Verified`."""

    passes: int = 0
    tokens: int = 0
    queued: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class _Told:
    """A choice that the robot was told; what the message has cost stands with its last one."""

    choice: int
    source: HintSource
    cost: Cost


class Record:
    """The choices of one turn that its robot was told, with what they have cost.

    The model thread writes it, and the socket thread may read it at any time.
    """

    def __init__(self) -> None:
        self._told: list[_Told] = []

    def __len__(self) -> int:
        return len(self._told)

    def add(
        self,
        version: int,
        choices: Sequence[int],
        sources: Sequence[HintSource],
        cost: Cost,
    ) -> None:
        """Notes what is told after the first ``version`` choices, as far as it is new."""
        new = range(len(self._told) - version, len(choices))
        last = len(choices) - 1
        # In one piece, so that whoever reads meanwhile sees all of a message or nothing.
        self._told += [
            _Told(choices[index], sources[index], cost if index == last else Cost())
            for index in new
        ]

    def answer(self, request: Resume) -> Verified | Lost:
        """Returns what a robot has missed; `Lost` when it knows more than it was told here."""
        told = self._told[:]
        if request.version > len(told):
            return Lost(request.session, request.turn)
        missed = told[request.version :]
        return Verified(
            request.session,
            request.turn,
            request.version,
            [each.choice for each in missed],
            sum(each.source is not HintSource.TARGET for each in missed),
            [int(each.source) for each in missed],
            sum(each.cost.passes for each in missed),
            tokens=missed[-1].cost.tokens if missed else 0,
            queued=sum(each.cost.queued for each in missed),
            seconds=sum(each.cost.seconds for each in missed),
        )
