"""Decodes the turns of a bag in every chosen mode."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from specedge.commands import Context
from specedge.edge.decoder import Decoder, TokenEvent, TurnCancelled, TurnFailed, VerifierLost
from specedge.edge.modes import find_mode
from specedge.replay.bags import NANOSECONDS
from specedge.replay.errors import ReplayError
from specedge.replay.measures import turn_record
from specedge.replay.real_time import RealTime
from specedge.replay.records import FrameRecord, TurnRecord
from specedge.replay.results import RecordWriter
from specedge.replay.totals import Tally
from specedge.replay.turns import Frame, Turns

MOST_FAILURES = 5
"""Turns that a mode may fail one after the other before the replay is given up; where its verifier
was never there, it is given up at once."""


@dataclass(frozen=True)
class Pace:
    """How turns are made.

    Attributes:
        rate: Bag seconds per second, at which late frames are dropped; 0 decodes every frame.
        seed: Of frames whose recording tells none; the number of the frame is added to it.
        temperature: Of those frames.
    """

    rate: float = 0.0
    seed: int = 0
    temperature: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.rate <= 100.0:
            raise ReplayError(f"--rate {self.rate} is outside 0 to 100")
        if not 0.0 <= self.temperature <= 10.0:
            raise ReplayError(f"--temperature {self.temperature} is outside 0 to 10")
        if not 0 <= self.seed < 1 << 62:
            raise ReplayError(f"--seed {self.seed} is outside 0 to 2**62 - 1")


class Runner:
    """Decodes frame by frame; nothing of a frame is kept once its record is written.

    All modes get the same context, so that they can be compared: as it was recorded, otherwise
    with the last command of the first mode that has a verifier.

    Args:
        decoders: By mode, in the order of the records.
        pace: How turns are made.
        cancel: Ends the replay when set; the frame in work is left out.
        advanced: Called with a command of each frame.
    """

    def __init__(
        self,
        decoders: Mapping[str, Decoder],
        pace: Pace,
        cancel: threading.Event,
        advanced: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.tally = Tally(tuple(decoders))
        self._decoders = decoders
        self._pace = pace
        self._cancel = cancel
        self._advanced = advanced
        exact = [mode for mode in decoders if find_mode(mode).needs_verifier]
        self._leader = next(iter(exact or decoders))
        self._clocks = {mode: RealTime(pace.rate or 1.0) for mode in decoders}
        self._failures = dict.fromkeys(decoders, 0)
        self._have_decoded: set[str] = set()
        self._last = Context("none")

    def run(self, turns: Turns, writer: RecordWriter) -> None:
        """Decodes all turns, or those until it is cancelled, and writes their records.

        Raises:
            SpecedgeError: decoding cannot go on; what was written stays valid.
        """
        for frame in turns:
            if self._cancel.is_set():
                return
            try:
                record = self._decode(frame)
            except TurnCancelled:
                return
            writer.write(record)
            self.tally.add(record)
            self._advanced(next((turn.text for turn in record.turns if turn.text), ""))

    def _decode(self, frame: Frame) -> FrameRecord:
        context = frame.context or self._context(frame.goal)
        pace, recorded = self._pace, frame.recorded
        seed, temperature = pace.seed + frame.number, pace.temperature
        if recorded is not None and recorded.context is not None:
            seed, temperature = recorded.seed, recorded.temperature
        noise = {"seed": seed, "temperature": temperature}
        turns = tuple(self._turn(mode, frame, context, noise) for mode in self._decoders)
        said = {turn.mode: turn.text for turn in turns}
        if text := said[self._leader]:
            self._last = Context(context.goal, text, "ok")
        texts = [text for text in said.values() if text]
        return FrameRecord(
            frame=frame.number,
            stamp=frame.stamp_ns / NANOSECONDS,
            stamp_ns=frame.stamp_ns,
            goal=context.goal,
            last_command=context.last_command,
            outcome=context.outcome,
            seed=seed,
            temperature=temperature,
            turns=turns,
            recorded=recorded.whole_command if recorded is not None else None,
            modes_agree=len(set(texts)) == 1 if len(texts) > 1 else None,
        )

    def _context(self, goal: str) -> Context:
        return self._last if self._last.goal == goal else Context(goal)

    def _turn(self, mode: str, frame: Frame, context: Context, noise: dict[str, Any]) -> TurnRecord:
        stamp = frame.stamp_ns / NANOSECONDS
        late = self._clocks[mode].is_late(stamp)
        if late and self._pace.rate > 0.0:
            return TurnRecord(mode=mode, late=True, dropped=True)
        events: list[TokenEvent] = []
        try:
            result = self._decoders[mode].decode(
                frame.jpeg, context, **noise, on_event=events.append, cancel=self._cancel
            )
        except (TurnFailed, VerifierLost) as error:
            self._failures[mode] += 1
            never_there = isinstance(error, VerifierLost) and mode not in self._have_decoded
            if never_there or self._failures[mode] >= MOST_FAILURES:
                raise
            return TurnRecord(mode=mode, late=late, error=str(error))
        self._failures[mode] = 0
        self._have_decoded.add(mode)
        self._clocks[mode].decoded(stamp, result.latency)
        recorded = frame.recorded.whole_command if frame.recorded is not None else None
        return turn_record(mode, result, events, late=late, recorded=recorded)
