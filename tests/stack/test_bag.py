from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import Reader

from specedge.nodes.topics import GOAL, STATUS, TRANSIENT_LOCAL, TYPES
from specedge.ros.definitions import typestore
from specedge.stack.bag import Bag, BagExists


def string(text: str) -> bytes:
    store = typestore()
    return bytes(store.serialize_cdr(store.types["std_msgs/msg/String"](text), TYPES[GOAL]))


def read(folder: Path) -> list[tuple[str, int, Any]]:
    with AnyReader([folder]) as reader:
        return [
            (connection.topic, stamp, reader.deserialize(data, connection.msgtype))
            for connection, stamp, data in reader.messages()
        ]


def test_a_bag_is_read_back_with_rosbags_from_its_own_definitions(tmp_path: Path) -> None:
    with Bag(tmp_path / "bag", TYPES, TRANSIENT_LOCAL, typestore()) as bag:
        bag.write(GOAL, 1_000, string("go to the red chair"))
        bag.flush()
        bag.write(GOAL, 2_000, string("sit"))
    heard = read(tmp_path / "bag")
    assert [(topic, stamp, message.data) for topic, stamp, message in heard] == [
        (GOAL, 1_000, "go to the red chair"),
        (GOAL, 2_000, "sit"),
    ]


def test_every_topic_of_the_stack_is_in_the_bag_even_when_silent(tmp_path: Path) -> None:
    Bag(tmp_path / "bag", TYPES, TRANSIENT_LOCAL, typestore()).close()
    with Reader(tmp_path / "bag") as reader:
        assert {c.topic: c.msgtype for c in reader.connections} == TYPES


def test_our_own_messages_are_read_with_the_definitions_in_the_file(tmp_path: Path) -> None:
    store = typestore()
    with Reader(_one_status(tmp_path / "bag")) as reader:
        connection = next(c for c in reader.connections if c.topic == STATUS)
    assert "float64 first_action_latency" in connection.msgdef.data
    assert connection.digest == store.hash_rihs01(TYPES[STATUS])


def test_what_was_flushed_is_in_the_file_while_it_is_still_open(tmp_path: Path) -> None:
    with Bag(tmp_path / "bag", TYPES, TRANSIENT_LOCAL, typestore()) as bag:
        bag.write(GOAL, 1_000, string("a goal worth keeping"))
        file = tmp_path / "bag" / "bag.mcap"
        bag.flush()
        assert b"a goal worth keeping" in file.read_bytes()


def test_a_bag_is_never_written_over(tmp_path: Path) -> None:
    Bag(tmp_path / "bag", TYPES, TRANSIENT_LOCAL, typestore()).close()
    with pytest.raises(BagExists, match="exists"):
        Bag(tmp_path / "bag", TYPES, TRANSIENT_LOCAL, typestore())


def test_a_message_that_comes_after_the_end_is_dropped(tmp_path: Path) -> None:
    bag = Bag(tmp_path / "bag", TYPES, TRANSIENT_LOCAL, typestore())
    bag.write(GOAL, 1_000, string("sit"))
    bag.close()
    bag.write(GOAL, 2_000, string("late"))
    bag.close()
    assert len(read(tmp_path / "bag")) == 1


def _one_status(folder: Path) -> Path:
    Bag(folder, TYPES, TRANSIENT_LOCAL, typestore()).close()
    return folder
