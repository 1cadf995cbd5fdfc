"""Records until it is killed; run by test_killed.py."""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

import numpy as np

from specedge.nodes.topics import GOAL, IMAGE, TRANSIENT_LOCAL, TYPES
from specedge.ros.definitions import typestore
from specedge.stack.bag import Bag


def main(folder: Path) -> None:
    """Writes a picture and a goal each round, flushes, and says the number of the round."""
    store = typestore()
    text = store.types["std_msgs/msg/String"]
    image = store.types["sensor_msgs/msg/CompressedImage"]
    header = store.types["std_msgs/msg/Header"]
    stamp = store.types["builtin_interfaces/msg/Time"]
    picture = image(header(stamp(0, 0), "camera"), "jpeg", np.zeros(300_000, np.uint8))
    pixels = bytes(store.serialize_cdr(picture, TYPES[IMAGE]))
    bag = Bag(folder, TYPES, TRANSIENT_LOCAL, store)
    for number in itertools.count():
        goal = bytes(store.serialize_cdr(text(f"goal {number}"), TYPES[GOAL]))
        bag.write(GOAL, time.time_ns(), goal)
        for _ in range(5):
            bag.write(IMAGE, time.time_ns(), pixels)
        bag.flush()
        print(number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
