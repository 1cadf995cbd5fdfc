"""Turns out of frames that ``specedge train data`` and ``specedge train drive`` have rendered."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from specedge.commands import Context
from specedge.training.dataset import Frames
from specedge.training.frames import FRAMES_PER_ROOM
from specedge.training.pairs.turns import Turn
from specedge.training.questions import Asker

QUESTIONS = 2
"""Asked of each frame; more would be of the same picture."""

_ASKED = re.compile(r"last: (?P<last>.*?)(?: \((?P<outcome>[a-z]+)\))?\ngoal: (?P<goal>.+)")


def is_frames(path: Path) -> bool:
    """Whether a folder holds rendered frames."""
    return path.is_dir() and any(path.glob("*.objects.json"))


def frame_turns(folder: Path, seed: int = 0) -> Iterator[Turn]:
    """Yields turns that ask about each frame of a folder; the same for the same seed."""
    frames, asker = Frames(folder), Asker(seed)
    for index in range(len(frames)):
        pixels, objects = frames.seen(index)
        data = io.BytesIO()
        Image.fromarray(pixels).save(data, "PNG")
        turn = frames.turn(index)
        shard, row = frames.place(index)
        # Where a model drove, a room has as many frames as it took turns.
        course = shard if turn else f"{shard} {row // FRAMES_PER_ROOM}"
        for asked in asker.ask(objects, QUESTIONS, turn=turn):
            question = asked.question
            yield Turn(data.getvalue(), context_of(question.prompt), question.answer, course)


def context_of(text: str) -> Context:
    """Returns what `specedge.commands.user_text` was given for a text."""
    asked = _ASKED.fullmatch(text)
    if asked is None:
        raise ValueError(f"{text!r} is not what a model is told of a turn")
    if asked["last"] == "none":
        return Context(asked["goal"])
    return Context(asked["goal"], asked["last"], asked["outcome"] or "ok")
