"""What a bag tells, from moment to moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specedge.edge.token_line import Span
from specedge.nodes import topics
from specedge.replay.bags import NANOSECONDS, BadMessage, Bag
from specedge.replay.errors import BadImage
from specedge.replay.images import to_jpeg
from specedge.stack.scene import Scene

TOLD = (topics.GOAL, topics.TOKENS, topics.COMMAND, topics.STATUS, topics.MOTION)


class Story:
    """Takes the messages of a bag and keeps what is true now.

    Attributes:
        scene: Goal, state, action and progress.
        jpeg: The newest picture; empty before the first.
        version: Counts what would change a drawing.
        faults: What could not be read, one line each; only the first few.
    """

    MOST_FAULTS = 10

    def __init__(self, bag: Bag, image_topic: str) -> None:
        self.scene = Scene()
        self.jpeg = b""
        self.version = 0
        self.faults: list[str] = []
        self._bag = bag
        self._image_topic = image_topic
        self._pictures = 0

    @property
    def spans(self) -> list[Span]:
        """The tokens of the newest turn."""
        return self.scene.tokens.spans()

    def moments(self) -> Iterator[float]:
        """Yields the time of each message, in seconds since the first, before it is taken."""
        told = [name for name in TOLD if self._bag.types.get(name) == topics.TYPES[name]]
        first: int | None = None
        for message in self._bag.messages((self._image_topic, *told)):
            first = message.received if first is None else first
            yield (message.received - first) / NANOSECONDS
            try:
                self._take(message.topic, message.read())
            except (BadMessage, BadImage) as error:
                if len(self.faults) < self.MOST_FAULTS:
                    self.faults.append(str(error))

    def _take(self, topic: str, message: Any) -> None:
        if topic == self._image_topic:
            number = self._pictures
            self._pictures += 1
            self.jpeg = to_jpeg(message, topic, number)
        elif topic == topics.GOAL:
            self.scene.goal = message.data
        else:
            self.scene.take(topic, message)
        self.version += 1
