"""A recorder that is killed leaves a bag that opens, up to its last flush."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mcap.reader import make_reader
from rosbags.highlevel import AnyReader

from specedge import ros
from specedge.nodes.topics import GOAL, IMAGE, TYPES
from specedge.replay.bags import Bag as ReplayedBag
from specedge.ros import messages
from specedge.ros.definitions import typestore
from specedge.stack.bag import Bag
from specedge.stack.whole_mcap import ENDING

ENDLESS = Path(__file__).parent / "processes" / "endless_bag.py"
PATIENCE_S = 30.0


def goals(folder: Path) -> list[str]:
    with AnyReader([folder]) as reader:
        wanted = [c for c in reader.connections if c.topic == GOAL]
        return [reader.deserialize(data, c.msgtype).data for c, _, data in reader.messages(wanted)]


@pytest.mark.parametrize("rounds", [1, 4, 9])
def test_a_writer_killed_at_any_moment_leaves_all_until_its_last_flush(
    tmp_path: Path, rounds: int
) -> None:
    folder = tmp_path / "bag"
    command = [sys.executable, str(ENDLESS), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(rounds)]
        process.kill()
    # As it kills, the kernel may cut a write short; ours then reads what came before.
    with ReplayedBag(folder) as bag:
        read = [(message.topic, message.read()) for message in bag.messages((GOAL, IMAGE))]
    heard = [message.data for topic, message in read if topic == GOAL]
    assert heard == [f"goal {number}" for number in range(len(heard))]
    assert len(heard) > said[-1]
    assert len(read) - len(heard) >= 5 * (said[-1] + 1)


def test_every_reader_opens_a_bag_that_was_not_closed(tmp_path: Path) -> None:
    store = typestore()
    bag = Bag(tmp_path / "bag", TYPES, (), store)
    text = store.types["std_msgs/msg/String"]
    for number in range(2):
        bag.write(GOAL, number, bytes(store.serialize_cdr(text(f"goal {number}"), TYPES[GOAL])))
        bag.flush()
    assert goals(tmp_path / "bag") == ["goal 0", "goal 1"]
    with (tmp_path / "bag" / "bag.mcap").open("rb") as file:
        read = [channel.topic for _, channel, _ in make_reader(file).iter_messages()]
    assert read == [GOAL, GOAL]
    bag.close()


def test_a_bag_that_nothing_was_written_to_opens_too(tmp_path: Path) -> None:
    bag = Bag(tmp_path / "bag", TYPES, (), typestore())
    assert (tmp_path / "bag" / "bag.mcap").read_bytes().endswith(ENDING)
    assert goals(tmp_path / "bag") == []
    bag.close()


@pytest.mark.slow
def test_a_killed_recorder_leaves_what_it_heard_until_its_last_second(
    tmp_path: Path, dds_domain: int
) -> None:
    folder = tmp_path / "bag"
    command = [sys.executable, "-m", "specedge.stack.recorder", "--bag", str(folder)]
    ros.init(args=[])
    node = ros.Node("speaker")
    try:
        # As `ros2 topic pub --once` does it: for those alone who are there.
        publisher = node.create_publisher(messages.String, GOAL, 1)
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["ready"]
            file = folder / "bag.mcap"
            deadline = time.monotonic() + PATIENCE_S
            while not publisher.get_subscription_count():
                assert time.monotonic() < deadline, "the recorder takes no goals from us"
            publisher.publish(messages.String(data="go to the red chair"))
            while b"go to the red chair" not in file.read_bytes():
                assert time.monotonic() < deadline, "the recorder does not flush"
            process.kill()
    finally:
        node.destroy_node()
        ros.try_shutdown()
    assert goals(folder) == ["go to the red chair"]


def test_messages_carry_their_definitions_for_readers_that_know_no_ros(tmp_path: Path) -> None:
    Bag(tmp_path / "bag", TYPES, (), typestore()).close()
    with (tmp_path / "bag" / "bag.mcap").open("rb") as file:
        summary = make_reader(file).get_summary()
    assert summary is not None
    schemas = {schema.name: schema for schema in summary.schemas.values()}
    assert set(schemas) == set(TYPES.values())
    assert {schema.encoding for schema in schemas.values()} == {"ros2msg"}
    assert {channel.message_encoding for channel in summary.channels.values()} == {"cdr"}
    # Nested types stand in the schema as well, which is what Foxglove reads.
    assert b"MSG: std_msgs/Header" in schemas["specedge_msgs/msg/Status"].data
