"""A bag is looked into before anything starts, so that what it lacks is told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specedge.errors import SpecedgeError
from specedge.stack.choose import choose
from specedge.stack.description import Options, Playback
from tests.replay.writing import GOAL, IMAGE, ROS1, ROS2, frames, write_ros1, write_ros2


def chosen(bag: Path, run: Path, **asked: Any) -> Options:
    settings: dict[str, Any] = {
        "sim": False,
        "goal": None,
        "mode": None,
        "seed": None,
        "rate": 1.0,
        "cloud": "",
        "bind": None,
        "run_dir": run,
        "timeout": 60.0,
        "models": None,
        "live": False,
        "network_interface": "",
    }
    return choose(**{**settings, **asked}, bag=bag)[0]


def test_camera_and_goals_of_a_bag_are_found(tmp_path: Path) -> None:
    bag = write_ros1(tmp_path / "old.bag", frames(ROS1, 2))

    assert chosen(bag, tmp_path).playback == Playback(bag, IMAGE, GOAL)


def test_a_goal_that_is_given_stands_in_for_those_of_the_bag(tmp_path: Path) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 2))

    assert chosen(bag, tmp_path, goal="sit").playback == Playback(bag, IMAGE)


def test_what_a_bag_lacks_is_told(tmp_path: Path) -> None:
    no_camera = write_ros2(tmp_path / "a", frames(ROS2, 0))
    no_goal = write_ros2(tmp_path / "b", frames(ROS2, 2)[1:])

    for bag, cause in ((no_camera, "no camera"), (no_goal, "no goals"), (tmp_path / "c", "no bag")):
        with pytest.raises(SpecedgeError, match=cause):
            chosen(bag, tmp_path)


def test_a_bag_and_a_robot_are_not_for_the_same_run(tmp_path: Path) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 2))

    with pytest.raises(SpecedgeError, match="leave out --bag"):
        chosen(bag, tmp_path, sim=True)
