"""Which frames of a bag become turns, with which goal and context."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from specedge.commands import Context
from specedge.replay.bags import NANOSECONDS, BadMessage, Bag, BagMessage
from specedge.replay.errors import BadImage, ReplayError
from specedge.replay.images import to_jpeg
from specedge.replay.recorded import RecordedTurn, frame_key

MOST_PROBLEMS = 20
"""Lines told about unreadable images; the rest are only counted."""


@dataclass(frozen=True)
class Selection:
    """Which images become turns.

    Attributes:
        image_topic: Of the camera.
        goal_topic: Where goals come from; empty with ``goal``.
        goal: The sentence to obey in place of the bag's.
        start, duration: Seconds from the first image; None for all of it.
        every: Each so many-th image; None for the frames that the recording decided on where the
            bag has such, and for every image where not.
    """

    image_topic: str
    goal_topic: str = ""
    goal: str = ""
    start: float = 0.0
    duration: float | None = None
    every: int | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and self.start >= 0.0):
            raise ReplayError(f"--start {self.start} is no number of seconds from the first image")
        if self.duration is not None and not (math.isfinite(self.duration) and self.duration > 0):
            raise ReplayError(f"--duration {self.duration} is no number of seconds above zero")
        if self.every is not None and self.every < 1:
            raise ReplayError(f"--every {self.every} is below 1")


@dataclass(frozen=True)
class Frame:
    """An image that becomes a turn.

    Attributes:
        number: Of the image on its topic, counted from 0.
        stamp_ns: Capture time in nanoseconds since 1970.
        goal: The sentence that is obeyed.
        recorded: The turn that the recording holds for it, whole or cut short.
        context: As the recording gives it; None where it gives none.
    """

    number: int
    stamp_ns: int
    jpeg: bytes
    goal: str
    recorded: RecordedTurn | None = None
    context: Context | None = None


@dataclass
class Turns:
    """Reads a bag once and yields its turns; counts what it leaves out.

    Attributes:
        skipped: Images left out: before the first goal, or not selected.
        unreadable: Images that hold no picture.
        problems: What was wrong with them, one line each.
        found: Keys of the recorded turns whose frame was seen.
    """

    bag: Bag
    selection: Selection
    recorded: Mapping[int, RecordedTurn] = field(default_factory=dict)
    skipped: int = 0
    unreadable: int = 0
    problems: list[str] = field(default_factory=list)
    found: set[int] = field(default_factory=set)

    def __iter__(self) -> Iterator[Frame]:
        chosen = self.selection
        contexts = _Contexts(self.recorded)
        topics = tuple(filter(None, (chosen.image_topic, chosen.goal_topic)))
        goal = " ".join(chosen.goal.split())
        first: int | None = None
        number = -1
        for message in self.bag.messages(topics):
            if message.topic == chosen.goal_topic:
                goal = " ".join(message.read().data.split())
                continue
            number += 1
            first = message.received if first is None else first
            seconds = (message.received - first) / NANOSECONDS
            if chosen.duration is not None and seconds >= chosen.start + chosen.duration:
                return
            frame = None
            if seconds >= chosen.start:
                frame = self._frame(message, number, goal, contexts)
            if frame is not None:
                yield frame

    def _frame(
        self, message: BagMessage, number: int, goal: str, contexts: _Contexts
    ) -> Frame | None:
        chosen = self.selection
        if chosen.every is not None and number % chosen.every:
            self.skipped += 1
            return None
        try:
            image = message.read()
            stamp = image.header.stamp
            key = frame_key(stamp.sec, stamp.nanosec)
            turn = self.recorded.get(key)
            only_recorded = bool(self.recorded) and chosen.every is None
            goal = turn.context.goal if turn is not None and turn.context else goal
            if not goal or (only_recorded and turn is None):
                self.skipped += 1
                return None
            jpeg = to_jpeg(image, message.topic, number)
        except (BadImage, BadMessage) as error:
            self._complain(str(error), message.topic, number)
            return None
        if turn is not None:
            self.found.add(key)
        stamp_ns = stamp.sec * NANOSECONDS + stamp.nanosec or message.received
        context = turn.context if turn is not None else contexts.at(key, goal)
        return Frame(number, stamp_ns, jpeg, goal, turn, context)

    def _complain(self, line: str, topic: str, number: int) -> None:
        self.unreadable += 1
        if len(self.problems) < MOST_PROBLEMS:
            told = (
                line if line.startswith(f"{topic}, frame") else f"{topic}, frame {number}: {line}"
            )
            self.problems.append(told)


class _Contexts:
    """The contexts of a recording at frames that it did not decide on."""

    def __init__(self, recorded: Mapping[int, RecordedTurn]) -> None:
        self._turns = [turn for turn in recorded.values() if turn.context is not None]
        self._turns.sort(key=lambda turn: turn.frame_key)
        self._keys = [turn.frame_key for turn in self._turns]

    def at(self, key: int, goal: str) -> Context | None:
        """Returns what the next turn was told, if it served the same goal."""
        after = bisect.bisect_left(self._keys, key)
        if after == len(self._turns):
            return None
        context = self._turns[after].context
        return context if context is not None and context.goal == goal else None
