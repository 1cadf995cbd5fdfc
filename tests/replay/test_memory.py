"""Memory does not grow with the bag."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
import pytest
from rosbags.rosbag2 import StoragePlugin

from specedge.edge.decoder import Decoder
from specedge.replay import replay as module
from specedge.replay.replay import ReplayRequest, Watcher, replay
from specedge.replay.results import write_json
from tests.replay.deciding import HashDecoder
from tests.replay.writing import (
    GOAL,
    IMAGE,
    ROS1,
    ROS2,
    SECOND,
    compressed,
    goal,
    picture,
    write_ros1,
    write_ros2,
)

FRAMES = 10_000
SETTLED = 1_000
"""Frames after which everything is loaded that is loaded once."""
FILLER = 15_000
"""Bytes added to each picture, so that the bag is far larger than what it may cost."""
MOST_GROWTH = 48 * 2**20
MOST_ALTOGETHER = 600 * 10**6


class ForgetfulDecoder(HashDecoder):
    """Keeps nothing of what it is given."""

    def decode(self, *args: Any, **named: Any) -> Any:
        self.contexts.clear()
        self.frames.clear()
        return super().decode(*args, **named)


def messages(store: Any) -> Iterator[tuple[str, int, Any]]:
    yield GOAL, 1, goal(store, "go to the red chair")
    for index in range(FRAMES):
        stamp = (index + 1) * SECOND // 10
        filler = index.to_bytes(4, "big") + os.urandom(FILLER)
        yield IMAGE, stamp, compressed(store, stamp, picture(index % 250) + filler)


def replay_and_look(bag: Path, folder: Path, used: Path) -> None:
    """Replays a bag in the process that this is called in; notes its bytes, frame by frame."""

    @contextmanager
    def opened(modes: tuple[str, ...], _: object) -> Iterator[Mapping[str, Decoder]]:
        yield {mode: ForgetfulDecoder() for mode in modes}

    module.open_decoders = opened
    process = psutil.Process()
    seen: list[int] = []

    def look(_: str) -> None:
        seen.append(process.memory_info().rss)

    request = ReplayRequest(bag, ("cloud", "streaming"))
    result = replay(request, folder, threading.Event(), Watcher(advanced=look))
    write_json(result, folder / "result.json")
    look("")
    used.write_text(json.dumps(seen))
    assert result.totals.frames == FRAMES


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["mcap", "sqlite3", "ros1"])
def test_ten_thousand_frames_cost_no_more_memory_than_a_thousand(tmp_path: Path, kind: str) -> None:
    if kind == "ros1":
        bag = write_ros1(tmp_path / "long.bag", messages(ROS1))
    else:
        bag = write_ros2(tmp_path / "long", messages(ROS2), StoragePlugin[kind.upper()])
    size = sum(file.stat().st_size for file in [bag, *bag.rglob("*")] if file.is_file())
    assert size > 3 * MOST_GROWTH

    # Of its own, and not forked: this process may have loaded what no replay needs.
    file = tmp_path / "used.json"
    process = get_context("spawn").Process(target=replay_and_look, args=(bag, tmp_path, file))
    process.start()
    process.join()
    assert process.exitcode == 0
    used: list[int] = json.loads(file.read_text())
    assert max(used) - max(used[:SETTLED]) < MOST_GROWTH
    assert max(used) < MOST_ALTOGETHER
