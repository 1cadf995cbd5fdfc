"""A draft that is right as often as asked: what a worse or a differently trained one would give."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import zmq

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.draft import DraftedToken, DraftEngine, DraftTurn
from specedge.decoding.noise import uniform
from specedge.edge.draft_process import DraftService

SALT = 0x5EED
"""Sets the dice of spoiling apart from those of sampling."""


class SpoiledService(DraftService):
    """A draft's service whose drafts can be spoiled.

    Where the text so far is the target's, the target's next choice comes first or not at all: not
    at all where the draft itself does not put it first, and where the dice say so. So the share of
    right drafts is the same for a mode that asks for one candidate and for one that asks for more.
    The dice follow from the turn's seed and the position alone, so that they fall the same in every
    mode and however often a position is drafted.

    Args:
        engine, socket: As of a `DraftService`.
    """

    def __init__(self, engine: DraftEngine, socket: zmq.Socket[bytes]) -> None:
        super().__init__(engine, socket)
        self._settings: tuple[float, Mapping[str, Sequence[int]]] = (1.0, {})
        self._reference: list[int] = []
        self._kept: list[bool] = []

    def spoil(self, keep: float, references: Mapping[str, Sequence[int]]) -> None:
        """Changes how often the draft may be right, from the next turn on; from any thread.

        Args:
            keep: Probability that a choice which the draft has right is left to it.
            references: The target's choices by `frame_key`; other frames are not spoiled.

        Raises:
            ValueError: ``keep`` is no probability.
        """
        if not 0.0 <= keep <= 1.0:
            raise ValueError(f"{keep} is not a probability")
        self._settings = (keep, references)

    def begin(self, frame: bytes, context: Context, sampling: Sampling) -> DraftTurn:
        """Begins a turn; see `DraftService.begin`."""
        keep, references = self._settings
        self._reference = list(references.get(frame_key(frame, context), ()))
        self._kept = [kept(sampling.seed, index, keep) for index in range(len(self._reference))]
        return super().begin(frame, context, sampling)

    def expand(
        self, turn: DraftTurn, prefixes: Sequence[Sequence[int]], width: int
    ) -> list[list[DraftedToken]]:
        """Makes one step; see `DraftService.expand`."""
        # One more than asked for, in case that one of them is taken away.
        answers = super().expand(turn, prefixes, width + 1)
        return [
            self._spoiled(list(prefix), answer)[:width]
            for prefix, answer in zip(prefixes, answers, strict=True)
        ]

    def _spoiled(self, prefix: list[int], answer: list[DraftedToken]) -> list[DraftedToken]:
        index = len(prefix)
        if not answer or index >= len(self._reference) or prefix != self._reference[:index]:
            return answer
        right = self._reference[index]
        if answer[0].token == right and self._kept[index]:
            return answer
        return [drafted for drafted in answer if drafted.token != right]


def kept(seed: int, index: int, keep: float) -> bool:
    """Throws the dice for the choice of that number in a turn of that seed."""
    dice = uniform(seed + SALT, index, np.zeros(1, np.int64))
    return bool(dice[0] < keep)


def frame_key(jpeg: bytes, context: Context) -> str:
    """Returns a name that a frame has wherever it goes."""
    told = "\0".join((context.goal, context.last_command, context.outcome))
    return hashlib.sha256(jpeg + told.encode()).hexdigest()
