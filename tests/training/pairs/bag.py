"""A bag like those that a run leaves: pictures, goals, commands and how they ended."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rosbags.interfaces import Nodetype
from rosbags.rosbag2 import Writer

from specedge.nodes import topics
from specedge.ros.definitions import typestore

COLOURS = {"red": (200, 30, 30), "green": (30, 180, 40), "blue": (30, 50, 200)}
NANOSECONDS = 1_000_000_000


def picture(colour: str, place: int, seed: int) -> bytes:
    """A JPEG frame of noise with a patch of a colour in one of seven columns."""
    pixels = np.random.default_rng(seed).integers(90, 150, (112, 196, 3), dtype=np.uint8)
    pixels[40:72, 28 * place : 28 * place + 28] = COLOURS[colour]
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=95)
    return data.getvalue()


def command(colour: str, place: int) -> str:
    """What is right to say of such a picture."""
    side, angle = ("right", 15 * (place - 3)) if place > 3 else ("left", 15 * (3 - place))
    act = f"turn {side} {angle} deg" if angle else "walk 1.0 m"
    return f"{colour} ball: {side} {angle} deg, 2.0 m; {act}."


class BagWriter:
    """Writes turns into a bag, a second each."""

    def __init__(
        self,
        folder: Path,
        types: Mapping[str, str] = topics.TYPES,
        image: str = topics.IMAGE,
        goal: str = topics.GOAL,
    ) -> None:
        self._image, self._goal = image, goal
        self._store = typestore()
        self._types = types
        self._writer = Writer(folder, version=8)
        self._writer.open()
        self._connections = {
            topic: self._writer.add_connection(topic, kind, typestore=self._store)
            for topic, kind in types.items()
        }
        self._moment = NANOSECONDS
        self._turn = 0

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def picture(self, data: bytes, seconds: float = 0.1) -> dict[str, int]:
        """Adds a picture, and returns its stamp."""
        stamp = {"sec": self._moment // NANOSECONDS, "nanosec": self._moment % NANOSECONDS}
        header = {"stamp": stamp, "frame_id": "camera"}
        self._write(self._image, header=header, format="jpeg", data=np.frombuffer(data, np.uint8))
        self._moment += round(seconds * NANOSECONDS)
        return stamp

    def goal(self, text: str) -> None:
        """Adds a goal."""
        self._write(self._goal, data=text)

    def text(self, topic: str, text: str) -> None:
        """Adds a text."""
        self._write(topic, data=text)

    def turn(
        self, stamp: dict[str, int], goal: str, text: str, outcome: str = "ok", goal_id: str = "1"
    ) -> None:
        """Adds a command for the picture of that stamp, first in part, then whole; and its end."""
        self._turn += 1
        for complete in (False, True):
            self._write(
                topics.COMMAND,
                header={"stamp": stamp, "frame_id": "base_link"},
                goal_id=goal_id,
                goal=goal,
                turn=self._turn,
                text=text if complete else text.partition(";")[0],
                complete=complete,
            )
        self._moment += NANOSECONDS
        self._write(topics.MOTION, finished_turn=self._turn, outcome=outcome)

    def _write(self, topic: str, **values: Any) -> None:
        message = _filled(self._store, self._types[topic], values)
        data = self._store.serialize_cdr(message, self._types[topic])
        self._writer.write(self._connections[topic], self._moment, data)


def _filled(store: Any, kind: str, values: Mapping[str, Any]) -> Any:
    """A message of a type with these values, everything else zero."""
    zero = {"string": "", "bool": False, "float64": 0.0, "float32": 0.0}
    content = {}
    for name, (node, detail) in store.get_msgdef(kind).fields:
        value = values.get(name)
        if node == Nodetype.NAME:
            content[name] = _filled(store, detail, value or {})
        elif value is not None:
            content[name] = value
        elif node == Nodetype.BASE:
            content[name] = zero.get(detail[0], 0)
        else:
            content[name] = []
    return store.types[kind](**content)


def write_course(folder: Path, turns: int, seed: int = 0) -> Path:
    """Writes a bag of many short goals, three turns each, and returns its folder."""
    random = np.random.default_rng(seed)
    with BagWriter(folder) as bag:
        for number in range(turns // 3):
            colour = str(random.choice(list(COLOURS)))
            goal = f"go to the {colour} ball"
            bag.goal(goal)
            for _ in range(3):
                place = int(random.integers(7))
                stamp = bag.picture(picture(colour, place, int(random.integers(1 << 30))))
                bag.turn(stamp, goal, command(colour, place), goal_id=str(number))
    return folder
