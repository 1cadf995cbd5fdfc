"""Bags of others are opened whatever wrote them, and damaged ones up to where they end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from mcap.writer import CompressionType
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from specedge.replay.bags import Bag
from specedge.replay.errors import BagUnreadable
from tests.replay.writing import (
    GOAL,
    IMAGE,
    ROS1,
    ROS2,
    frames,
    picture,
    write_mcap,
    write_ros1,
    write_ros2,
)

COUNT = 120


def pictures(path: Path) -> tuple[list[bytes], tuple[str, ...]]:
    """Returns all pictures of a bag, and what it says of its end."""
    with Bag(path) as bag:
        found = [bytes(message.read().data) for message in bag.messages((IMAGE,))]
        return found, bag.endings()


EXPECTED = [picture(index) for index in range(COUNT)]


@pytest.mark.parametrize("storage", list(StoragePlugin))
@pytest.mark.parametrize("compression", list(CompressionMode))
def test_a_rosbag2_is_read_whatever_its_storage_and_compression(
    tmp_path: Path, storage: StoragePlugin, compression: CompressionMode
) -> None:
    if (storage, compression) == (StoragePlugin.SQLITE3, CompressionMode.STORAGE):
        pytest.skip("rosbags cannot write it")
    folder = write_ros2(tmp_path / "bag", frames(ROS2, COUNT), storage, compression)

    assert pictures(folder) == (EXPECTED, ())


@pytest.mark.parametrize("compression", [None, *Ros1Writer.CompressionFormat])
def test_a_ros1_bag_is_read_whatever_its_compression(tmp_path: Path, compression: Any) -> None:
    bag = write_ros1(tmp_path / "old.bag", frames(ROS1, COUNT), compression)

    assert pictures(bag) == (EXPECTED, ())


@pytest.mark.parametrize("compression", list(CompressionType))
def test_an_mcap_file_of_another_writer_is_read(
    tmp_path: Path, compression: CompressionType
) -> None:
    file = write_mcap(
        tmp_path / "a.mcap", frames(ROS2, COUNT), configure=lambda: {"compression": compression}
    )

    assert pictures(file) == (EXPECTED, ())


@pytest.mark.parametrize("use_chunking", [True, False])
def test_an_mcap_file_without_profile_or_index_is_read(tmp_path: Path, use_chunking: bool) -> None:
    file = write_mcap(
        tmp_path / "a.mcap",
        frames(ROS2, COUNT),
        profile="",
        configure=lambda: {"use_chunking": use_chunking, "use_summary_offsets": False},
    )

    assert pictures(file) == (EXPECTED, ())


def test_an_mcap_file_of_ros1_is_refused_by_name(tmp_path: Path) -> None:
    file = write_mcap(tmp_path / "a.mcap", frames(ROS2, 1), profile="ros1")

    with pytest.raises(BagUnreadable, match="ros1 messages"):
        Bag(file)


@pytest.mark.parametrize("storage", list(StoragePlugin))
def test_a_single_file_and_a_folder_without_metadata_are_read(
    tmp_path: Path, storage: StoragePlugin
) -> None:
    folder = write_ros2(tmp_path / "bag", frames(ROS2, COUNT), storage)
    (folder / "metadata.yaml").unlink()
    (file,) = folder.iterdir()

    assert pictures(file) == (EXPECTED, ())
    found, endings = pictures(folder)
    assert found == EXPECTED
    assert len(endings) == 1
    assert "metadata.yaml is missing" in endings[0]


def test_a_split_bag_is_read_as_one(tmp_path: Path) -> None:
    messages = frames(ROS2, COUNT)
    folder = tmp_path / "split"
    folder.mkdir()
    for number, part in enumerate((messages[:10], messages[10:20], messages[20:])):
        write_mcap(folder / f"split_{number}.mcap", part)

    assert pictures(folder)[0] == EXPECTED


def test_a_run_folder_stands_for_its_bag(tmp_path: Path) -> None:
    write_ros2(tmp_path / "run" / "bag", frames(ROS2, COUNT))

    with Bag(tmp_path / "run") as bag:
        assert bag.path == tmp_path / "run" / "bag"
        assert bag.types == {
            GOAL: "std_msgs/msg/String",
            IMAGE: "sensor_msgs/msg/CompressedImage",
        }


def truncated(file: Path, share: float) -> Path:
    """Cuts a file to a share of its size."""
    with file.open("r+b") as content:
        content.truncate(round(file.stat().st_size * share))
    return file


def written(tmp_path: Path, kind: str) -> tuple[Path, Path]:
    """Returns a bag with many chunks, and its file."""
    if kind == "ros1":
        bag = write_ros1(tmp_path / "a.bag", frames(ROS1, COUNT), chunk_threshold=2000)
        return bag, bag
    if kind == "mcap":
        bag = write_mcap(tmp_path / "a.mcap", frames(ROS2, COUNT), chunk_size=2000)
        return bag, bag
    if kind == "packed":
        folder = write_ros2(tmp_path / "bag", frames(ROS2, COUNT), compression=CompressionMode.FILE)
    else:
        folder = write_ros2(tmp_path / "bag", frames(ROS2, COUNT), StoragePlugin.SQLITE3)
    return folder, next(file for file in folder.iterdir() if file.suffix != ".yaml")


@pytest.mark.parametrize("kind", ["ros1", "mcap", "sqlite"])
def test_of_a_truncated_bag_all_is_read_up_to_where_it_ends(tmp_path: Path, kind: str) -> None:
    bag, file = written(tmp_path, kind)
    truncated(file, 0.6)

    found, endings = pictures(bag)

    assert found == EXPECTED[: len(found)]
    assert len(found) >= COUNT // 4
    assert len(endings) == 1
    assert file.name in endings[0]
    assert "read until" in endings[0]


@pytest.mark.parametrize("kind", ["ros1", "mcap", "sqlite", "packed"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_bag_cut_anywhere_is_read_in_part_or_refused_by_name(
    tmp_path: Path, kind: str, share: float
) -> None:
    bag, file = written(tmp_path, kind)
    truncated(file, share)

    try:
        found, lines = pictures(bag)
    except BagUnreadable as error:
        found, lines = [], (str(error),)
    assert found == EXPECTED[: len(found)]
    assert lines
    assert all(str(bag) in line and "\n" not in line for line in lines)


def test_what_is_no_bag_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.mcap").write_text("this is no bag")
    (tmp_path / "text.db3").write_text("this is no bag")
    (tmp_path / "text.bag").write_text("this is no bag")
    (tmp_path / "text.txt").write_text("this is no bag")
    for name in ("absent", "empty", "text.mcap", "text.db3", "text.bag", "text.txt"):
        with pytest.raises(BagUnreadable, match=name):
            Bag(tmp_path / name)


def test_a_bag_that_misses_a_file_is_refused_by_its_name(tmp_path: Path) -> None:
    folder = write_ros2(tmp_path / "bag", frames(ROS2, COUNT))
    (file,) = folder.glob("*.mcap")
    shutil.move(file, folder / "other.mcap")

    with pytest.raises(BagUnreadable, match=file.name):
        Bag(folder)
