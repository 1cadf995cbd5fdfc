"""A replay from the bag to its result."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from specedge.errors import SpecedgeError
from specedge.models.fingerprint import fingerprint
from specedge.replay.bags import Bag
from specedge.replay.decoders import Models, open_decoders
from specedge.replay.errors import BadImage
from specedge.replay.images import to_jpeg
from specedge.replay.recorded import RecordedTurn, recorded_turns
from specedge.replay.records import ReplaySetup
from specedge.replay.results import RECORDS_FILE, RecordWriter, ReplayResult
from specedge.replay.runner import Pace, Runner
from specedge.replay.topics import goal_topic, image_topic
from specedge.replay.turns import Selection, Turns
from specedge.stack import summary


@dataclass(frozen=True)
class ReplayRequest:
    """What is asked of a replay.

    Attributes:
        bag: Any bag, or a run folder.
        modes: At least one.
        image_topic, goal_topic: Empty to find them.
        goal: The sentence to obey in place of the bag's goals.
        start, duration, every: As in `Selection`.
    """

    bag: Path
    modes: tuple[str, ...]
    image_topic: str = ""
    goal_topic: str = ""
    goal: str = ""
    start: float = 0.0
    duration: float | None = None
    every: int | None = None
    pace: Pace = field(default_factory=Pace)
    models: Models = field(default_factory=Models)


@dataclass(frozen=True)
class Watcher:
    """Who watches a replay.

    Attributes:
        begun: Told how many frames there will be at most.
        advanced: Told the command of each frame.
    """

    begun: Callable[[int], None] = lambda frames: None
    advanced: Callable[[str], None] = lambda text: None


def replay(
    request: ReplayRequest, folder: Path, cancel: threading.Event, watcher: Watcher
) -> ReplayResult:
    """Decodes a bag.

    Args:
        request: What to decode and how.
        folder: Where the records are kept; the result reads them from there.
        cancel: Ends the replay early when set; the result is then partial.
        watcher: Who is told.

    Raises:
        ReplayError: the bag cannot be replayed as asked.
        SpecedgeError: nothing could be decoded.
    """
    with Bag(request.bag) as bag:
        recorded = _recorded(bag, request.goal)
        selection = _select(bag, request, own=any(turn.context for turn in recorded.values()))
        turns = Turns(bag, selection, recorded)
        chosen = len(recorded) if selection.every is None and recorded else None
        watcher.begun(chosen or bag.counts[selection.image_topic] // (selection.every or 1))
        problems: list[str] = []
        with (
            open_decoders(request.modes, request.models) as decoders,
            RecordWriter(folder / RECORDS_FILE) as writer,
        ):
            runner = Runner(decoders, request.pace, cancel, watcher.advanced)
            try:
                runner.run(turns, writer)
            except SpecedgeError as error:
                # Ctrl-C reaches the models' processes as well, which may then end first.
                if not runner.tally.frames and not cancel.is_set():
                    raise
                problems.append(f"given up: {error}")
        whole = not problems and not cancel.is_set()
        problems += [*turns.problems, *bag.endings()]
        if whole:
            problems += _unseen(turns, recorded, selection)
        if whole and not runner.tally.frames:
            raise BadImage(_nothing(turns, bag, selection))
        return ReplayResult(
            setup=_setup(request, selection, own=bool(recorded)),
            totals=runner.tally.totals(turns.skipped, turns.unreadable, problems),
            partial=not whole,
            records=writer.path,
            pictures=_pictures(request.bag, selection.image_topic),
        )


def _recorded(bag: Bag, goal: str) -> dict[int, RecordedTurn]:
    """Returns the recorded turns, without those that served another goal than the one asked for."""
    turns = recorded_turns(bag)
    if not goal:
        return turns
    wanted = " ".join(goal.split())
    return {
        key: turn
        for key, turn in turns.items()
        if turn.context is not None and turn.context.goal == wanted
    }


def _select(bag: Bag, request: ReplayRequest, own: bool) -> Selection:
    goals = ""
    if not request.goal and (not own or request.every is not None or request.goal_topic):
        goals = goal_topic(bag.types, bag.counts, request.goal_topic)
    return Selection(
        image_topic=image_topic(bag.types, bag.counts, request.image_topic),
        goal_topic=goals,
        goal=request.goal,
        start=request.start,
        duration=request.duration,
        every=request.every,
    )


def _unseen(turns: Turns, recorded: dict[int, RecordedTurn], selection: Selection) -> list[str]:
    missing = [turn for key, turn in recorded.items() if key not in turns.found]
    if not missing or selection.start or selection.duration or selection.every:
        return []
    first = missing[0].command
    return [
        f"the frames of {len(missing)} recorded commands are not on {selection.image_topic}; "
        f"the first is that of turn {first.turn}: {first.text}"
    ]


def _nothing(turns: Turns, bag: Bag, selection: Selection) -> str:
    """Says why not one frame was decoded."""
    for line in (*turns.problems, *bag.endings()):
        return f"no frame to decode: {line}"
    if turns.skipped:
        return (
            f"no frame to decode: {turns.skipped} images on {selection.image_topic} came before "
            "the first goal or were left out; give --goal, or choose others with --every"
        )
    return f"no frame to decode: there is no image on {selection.image_topic} in that time"


def _setup(request: ReplayRequest, selection: Selection, own: bool) -> ReplaySetup:
    pair = request.models.pair
    return ReplaySetup(
        bag=str(request.bag),
        image_topic=selection.image_topic,
        modes=request.modes,
        goal_topic=selection.goal_topic,
        goal=selection.goal,
        own_run=own,
        start=selection.start,
        duration=selection.duration,
        every=selection.every or 1,
        rate=request.pace.rate,
        models=str(pair),
        model_fingerprints={role: fingerprint(pair / role) for role in ("target", "draft")},
        emulation={name: ms for name, ms in request.models.emulation.named().items() if ms},
        versions=summary.versions(),
        machine={"cores": os.cpu_count(), "processor": platform.machine()},
    )


def _pictures(path: Path, topic: str) -> Callable[[Collection[int]], Iterator[tuple[int, bytes]]]:
    def read(wanted: Collection[int]) -> Iterator[tuple[int, bytes]]:
        chosen = set(wanted)
        with Bag(path) as bag:
            for number, message in enumerate(bag.messages((topic,))):
                if number in chosen:
                    yield number, to_jpeg(message.read(), topic, number)

    return read
