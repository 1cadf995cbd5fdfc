"""Turns out of a bag: the picture that a command was decided for, its goal, and what came before.

Our own bags tell all of it. Another bag needs a camera and goals; commands may be texts of
`std_msgs/msg/String` on a topic whose name ends in ``command``.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specedge.commands import Context
from specedge.commands.prompt import OUTCOMES
from specedge.models.frames import FrameError, decode_frame
from specedge.replay.bags import NANOSECONDS, BadMessage, Bag, BagMessage
from specedge.replay.errors import BadImage
from specedge.replay.images import to_jpeg
from specedge.replay.topics import goal_topic, image_topic
from specedge.training.pairs.turns import Turn

COMMAND_TYPE = "specedge_msgs/msg/Command"
MOTION_TYPE = "specedge_msgs/msg/MotionState"
TEXT_TYPE = "std_msgs/msg/String"
FRAMES_KEPT = 64
"""Pictures that a command may be late by."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Topics:
    image: str
    goal: str
    command: str
    motion: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.image, self.goal, self.command, self.motion) if name)


@dataclass
class _Course:
    """What has been seen so far on the way through a bag."""

    pictures: deque[tuple[int, BagMessage]] = field(
        default_factory=lambda: deque(maxlen=FRAMES_KEPT)
    )
    goal: str = ""
    goals: int = 0
    last_goal_id: str = ""
    last_command: str = ""
    last_turn: int = 0
    outcomes: dict[int, str] = field(default_factory=dict)
    next_moment: int = 0
    damaged: list[str] = field(default_factory=list)


def bag_turns(path: Path, every: float) -> Iterator[Turn]:
    """Yields the turns of a bag, of a damaged one up to where it ends, with a warning.

    Turns whose pictures are damaged are left out, with a warning for all of them.

    Args:
        path: As `specedge.replay.bags.Bag` takes it.
        every: Seconds between turns of a bag without commands.

    Raises:
        ReplayError: it cannot be read, or has no camera or no goals.
    """
    with Bag(path) as bag:
        topics = _topics(bag.types, bag.counts)
        course, number = _Course(), 0
        for message in bag.messages(topics.names):
            if message.topic == topics.image:
                # Only the pictures that a turn is about are ever deserialised.
                course.pictures.append((number, message))
                number += 1
                if not topics.command:
                    yield from _sampled(course, message.received, topics, every)
            elif message.topic == topics.motion:
                motion = message.read()
                course.outcomes[int(motion.finished_turn)] = str(motion.outcome)
            elif message.topic == topics.goal:
                course.goal = str(message.read().data)
                course.goals += 1
                course.next_moment = 0
            else:
                yield from _commanded(course, message.read(), topics)
        if course.damaged:
            _log.warning(
                "%s: turns left out, for their pictures are damaged: %d, the first at %s",
                bag.path,
                len(course.damaged),
                course.damaged[0],
            )
        for ending in bag.endings():
            _log.warning("%s", ending)


def _topics(types: Mapping[str, str], counts: Mapping[str, int]) -> _Topics:
    ours = [name for name, kind in types.items() if kind == COMMAND_TYPE and counts.get(name)]
    texts = [
        name
        for name, kind in types.items()
        if kind == TEXT_TYPE and name.endswith("command") and counts.get(name)
    ]
    motion = [name for name, kind in types.items() if kind == MOTION_TYPE]
    others = {name: kind for name, kind in types.items() if name not in texts}
    return _Topics(
        image=image_topic(types, counts),
        # Our commands tell their goals themselves.
        goal="" if ours else goal_topic(others, counts),
        command=(ours or texts or [""])[0],
        motion=motion[0] if ours and motion else "",
    )


def _commanded(course: _Course, message: Any, topics: _Topics) -> Iterator[Turn]:
    ours = hasattr(message, "goal_id")
    if ours and not message.complete:
        return
    text = str(message.text if ours else message.data)
    goal = str(message.goal) if ours else course.goal
    goal_id = str(message.goal_id) if ours else str(course.goals)
    turn = int(message.turn) if ours else 0
    frame = _picture(course, message if ours else None, topics.image)
    if frame is not None and goal.strip():
        follows = goal_id == course.last_goal_id
        outcome = course.outcomes.get(course.last_turn, "ok") if follows else ""
        context = Context(
            goal,
            course.last_command if follows else "",
            outcome if outcome in OUTCOMES else "",
        )
        yield Turn(frame, context, text, goal_id)
    course.last_goal_id, course.last_command, course.last_turn = goal_id, text, turn


def _sampled(course: _Course, received: int, topics: _Topics, every: float) -> Iterator[Turn]:
    if not course.goal.strip() or received < course.next_moment:
        return
    frame = _picture(course, None, topics.image)
    if frame is not None:
        course.next_moment = received + round(every * NANOSECONDS)
        yield Turn(frame, Context(course.goal), "", str(course.goals))


def _picture(course: _Course, command: Any, topic: str) -> bytes | None:
    """The picture that a command was decided for; None where there is none, or a damaged one."""
    if not course.pictures:
        return None
    try:
        number, picture = _decided_for(course, command)
        frame = to_jpeg(picture, topic, number)
        decode_frame(frame)
    except (BadImage, BadMessage, FrameError) as error:
        received = divmod(course.pictures[-1][1].received, NANOSECONDS)
        seconds, rest = received if command is None else _stamp(command)
        course.damaged.append(f"{seconds}.{rest:09d}: {error}")
        return None
    return frame


def _decided_for(course: _Course, command: Any) -> tuple[int, Any]:
    """The picture of a command's stamp, else the newest; with its number."""
    last, newest = course.pictures[-1]
    if command is not None:
        for number, message in reversed(course.pictures):
            picture = message.read()
            if _stamp(picture) <= _stamp(command):
                return number, picture
    return last, newest.read()


def _stamp(message: Any) -> tuple[int, int]:
    stamp = message.header.stamp
    return int(stamp.sec), int(stamp.nanosec)
