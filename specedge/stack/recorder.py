"""Records every topic of the stack into a bag: ``python -m specedge.stack.recorder --bag DIR``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from specedge import ros
from specedge.errors import SpecedgeError
from specedge.nodes.topics import IMAGE, TRANSIENT_LOCAL, TYPES, quality
from specedge.ros.definitions import typestore
from specedge.ros.interfaces import interface
from specedge.stack.bag import Bag

SECONDS_BETWEEN_FLUSHES = 1.0


class RecorderNode(ros.Node):
    """Writes the bytes of every message as they came."""

    def __init__(self, bag: Bag, types: Mapping[str, str]) -> None:
        super().__init__("recorder")
        self._bag = bag
        for topic, name in types.items():
            self.create_subscription(
                interface(name), topic, self._writer(topic), quality(topic), raw=True
            )
        self.create_timer(SECONDS_BETWEEN_FLUSHES, bag.flush)
        print(json.dumps({"ready": True, "topics": len(types)}), flush=True)

    def close(self) -> None:
        """Finishes the bag."""
        self._bag.close()

    def _writer(self, topic: str) -> Callable[[bytes], None]:
        return lambda content: self._bag.write(topic, time.time_ns(), content)


def main() -> int:
    """Records until SIGINT or SIGTERM; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m specedge.stack.recorder")
    parser.add_argument("--bag", type=Path, required=True)
    parser.add_argument("--image-topic", default=IMAGE, help="Pictures that the models look at.")
    arguments = parser.parse_args()
    types = {**TYPES, arguments.image_topic: TYPES[IMAGE]}
    try:
        bag = Bag(arguments.bag, types, TRANSIENT_LOCAL, typestore())
    except SpecedgeError as error:
        print(f"specedge: {error}", file=sys.stderr)
        return 2
    with bag:
        return ros.run(lambda: RecorderNode(bag, types), [])


if __name__ == "__main__":
    sys.exit(main())
