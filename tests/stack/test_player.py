"""A bag is played to the live graph at its pace, with stamps of now."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specedge import ros
from specedge.nodes.profiles import NEWEST, RELIABLE
from specedge.nodes.topics import GOAL as OUR_GOAL
from specedge.nodes.topics import IMAGE as OUR_IMAGE
from specedge.nodes.wire import seconds
from specedge.replay.bags import BadMessage, BagMessage
from specedge.ros import messages
from specedge.stack import player
from tests.replay.writing import GOAL, IMAGE, ROS2, SECOND, frames, picture, raw, write_ros2

COUNT = 12
WIDTH, HEIGHT = 16, 12


class Audience:
    """Hears what is played."""

    def __init__(self) -> None:
        ros.init(args=[])
        self._node = ros.Node("audience")
        self.images: list[tuple[bytes, float, float]] = []
        self.goals: list[str] = []
        self._node.create_subscription(messages.CompressedImage, OUR_IMAGE, self._see, NEWEST)
        self._node.create_subscription(
            messages.String, OUR_GOAL, lambda message: self.goals.append(message.data), RELIABLE
        )

    def listen(self, process: subprocess.Popen[str]) -> None:
        """Listens until the player has ended."""
        while process.poll() is None:
            ros.spin_once(self._node, timeout_sec=0.05)

    def close(self) -> None:
        self._node.destroy_node()
        ros.try_shutdown()

    def _see(self, message: Any) -> None:
        stamp = seconds(message.header.stamp)
        self.images.append((bytes(message.data), stamp, time.time()))


@pytest.fixture
def audience(dds_domain: int) -> Iterator[Audience]:
    hearing = Audience()
    yield hearing
    hearing.close()


def play(bag: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "specedge.stack.player", "--bag", str(bag)]
    return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_pictures_and_goals_are_played_and_then_the_process_ends(
    audience: Audience, tmp_path: Path
) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, COUNT))
    begun = time.time()

    with play(bag, "--image-topic", IMAGE, "--goal-topic", GOAL, "--rate", "2") as process:
        audience.listen(process)

    assert process.returncode == 0
    assert audience.goals == ["go to the red chair"]
    # Best effort with a depth of one: a slow audience misses some, and gets the others in order.
    seen = [data for data, _, _ in audience.images]
    played = [picture(index) for index in range(COUNT)]
    assert seen
    assert seen == [data for data in played if data in seen]
    assert all(begun < stamp <= heard for _, stamp, heard in audience.images)
    # Twelve pictures, ten a second, at twice the pace.
    stamps = [stamp for _, stamp, _ in audience.images]
    places = [played.index(data) for data in seen]
    assert stamps[-1] - stamps[0] >= 0.9 * (places[-1] - places[0]) / 10 / 2


@pytest.mark.slow
def test_raw_pictures_are_played_as_jpeg_and_bad_ones_left_out(
    audience: Audience, tmp_path: Path
) -> None:
    good = raw(SECOND, "rgb8", WIDTH, HEIGHT, 3 * WIDTH, bytes(3 * WIDTH * HEIGHT))
    bad = raw(SECOND, "rgb8", 0, 0, 0, b"")
    goal = frames(ROS2, 0)[0]
    pictures = [(IMAGE, (index + 1) * SECOND // 10, good if index else bad) for index in range(5)]
    bag = write_ros2(tmp_path / "bag", [goal, *pictures])

    with play(bag, "--image-topic", IMAGE, "--goal-topic", GOAL) as process:
        audience.listen(process)

    assert process.returncode == 0
    assert audience.images
    assert all(data.startswith(b"\xff\xd8\xff") for data, _, _ in audience.images)


class BrokenBag:
    """A bag whose first message does not fit its type."""

    def messages(self, _: tuple[str, ...]) -> Iterator[BagMessage]:
        raise BadMessage("a text of 255 bytes ends after two")


def test_a_bag_that_cannot_be_played_to_its_end_is_no_success(
    dds_domain: int, signals_restored: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "SECONDS_TO_BE_HEARD", 0.0)
    assert ros.run(lambda: player.PlayerNode(BrokenBag(), IMAGE, GOAL, 1.0), []) == 2
