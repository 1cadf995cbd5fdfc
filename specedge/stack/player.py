"""Plays a bag's pictures and goals to the stack: ``python -m specedge.stack.player --bag DIR``.

The nodes decide on pictures of now, so every picture is stamped with the time at which it is
played. Pictures of any encoding become JPEG. The process ends with the bag.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from specedge import ros
from specedge.errors import SpecedgeError
from specedge.nodes import wire
from specedge.nodes.profiles import CAMERA_FRAME
from specedge.nodes.topics import GOAL, IMAGE
from specedge.replay.bags import NANOSECONDS, BadMessage, Bag, BagMessage
from specedge.replay.errors import BadImage
from specedge.replay.images import to_jpeg
from specedge.ros import messages

SECONDS_TO_BE_HEARD = 10.0
"""How long the player waits for somebody who listens before it begins."""
SECONDS_AFTER_THE_END = 2.0
"""How long the last picture is left to be decided on."""


class PlayerNode(ros.Node):
    """Publishes what a bag holds at the pace at which it was recorded.

    Args:
        bag: Open; stays the caller's.
        image_topic: Of the camera in the bag.
        goal_topic: Of the goals in the bag; empty to leave them out.
        rate: Bag seconds per second.
    """

    def __init__(self, bag: Bag, image_topic: str, goal_topic: str, rate: float) -> None:
        super().__init__("player")
        self._bag = bag
        self._topics = tuple(filter(None, (image_topic, goal_topic)))
        self._image_topic = image_topic
        self._rate = rate
        self._frames = 0
        self._images = self.create_publisher(
            messages.CompressedImage, IMAGE, ros.QoSProfile(depth=1)
        )
        latched = ros.QoSProfile(depth=1, durability=ros.DurabilityPolicy.TRANSIENT_LOCAL)
        self._goals = self.create_publisher(messages.String, GOAL, latched)
        self._error: Exception | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="playing", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends playing; raises what ended it before the bag did."""
        self._closing.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            if self._is_heard():
                print(json.dumps({"ready": True, "topics": self._topics}), flush=True)
                self._play()
                self._closing.wait(SECONDS_AFTER_THE_END)
                print(json.dumps({"played": self._frames}), flush=True)
        except Exception as error:
            self._error = error
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def _is_heard(self) -> bool:
        """Waits for subscribers, which would miss what is played before they are matched."""
        deadline = time.monotonic() + SECONDS_TO_BE_HEARD
        publishers = (self._images, self._goals)
        while time.monotonic() < deadline:
            if all(publisher.get_subscription_count() for publisher in publishers):
                break
            if self._closing.wait(0.05):
                return False
        return True

    def _play(self) -> None:
        begun = time.monotonic()
        first: int | None = None
        for message in self._bag.messages(self._topics):
            first = message.received if first is None else first
            due = begun + (message.received - first) / NANOSECONDS / self._rate
            if self._closing.wait(max(0.0, due - time.monotonic())):
                return
            if message.topic == self._image_topic:
                self._show(message)
            else:
                self._goals.publish(messages.String(data=message.read().data))

    def _show(self, message: BagMessage) -> None:
        number, self._frames = self._frames, self._frames + 1
        try:
            jpeg = to_jpeg(message.read(), message.topic, number)
        except (BadImage, BadMessage) as error:
            self.get_logger().warning(str(error))
            return
        header = wire.header(time.time(), CAMERA_FRAME)
        self._images.publish(messages.CompressedImage(header=header, format="jpeg", data=jpeg))


def main() -> int:
    """Plays until the bag ends, or until SIGINT or SIGTERM; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m specedge.stack.player")
    parser.add_argument("--bag", type=Path, required=True)
    parser.add_argument("--image-topic", required=True)
    parser.add_argument("--goal-topic", default="")
    parser.add_argument("--rate", type=float, default=1.0)
    options = parser.parse_args()
    try:
        with Bag(options.bag) as bag:
            return ros.run(_maker(bag, options), [])
    except SpecedgeError as error:
        print(f"specedge: {error}", file=sys.stderr)
        return 2


def _maker(bag: Bag, options: Any) -> Callable[[], PlayerNode]:
    return lambda: PlayerNode(bag, options.image_topic, options.goal_topic, options.rate)


if __name__ == "__main__":
    sys.exit(main())
