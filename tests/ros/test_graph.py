"""What our nodes announce to the graph, read by another participant as ROS 2 reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from cyclonedds.builtin import (
    BuiltinDataReader,
    BuiltinTopicDcpsParticipant,
    BuiltinTopicDcpsPublication,
    BuiltinTopicDcpsSubscription,
)

from specedge.ros.cyclone import entities, graph
from specedge.ros.cyclone.context import Context
from specedge.ros.cyclone.node import Node
from specedge.ros.cyclone.qos import DurabilityPolicy, QoSProfile, dds_qos
from specedge.ros.cyclone.types import message_class
from specedge.ros.definitions import typestore

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Onlooker:
    """Reads the announcements of other participants."""

    def __init__(self, spinner: Any) -> None:
        self._spinner = spinner
        self._own = spinner.node.context.participant()
        topic = entities.make_topic(self._own, graph.TOPIC, graph.INTERFACE)
        self._reader = entities.make_reader(self._own, topic, dds_qos(LATCHED))
        self._newest: dict[bytes, Any] = {}

    def nodes(self) -> dict[str, Any]:
        """Returns the announced nodes of other processes by their full name."""
        for sample in self._reader.take(50):
            message = message_class(graph.INTERFACE).deserialize(sample.content)
            self._newest[bytes(message.gid.data)] = message
        self._newest.pop(self._own.get_guid().bytes, None)
        return {
            f"{node.node_namespace.rstrip('/')}/{node.node_name}": node
            for message in self._newest.values()
            for node in message.node_entities_info_seq
        }

    def until(self, name: str, *, writers: int = 0, readers: int = 0) -> Any:
        """Waits for a node with at least that many endpoints, and returns its entry."""

        def is_there() -> bool:
            node = self.nodes().get(name)
            return (
                node is not None
                and len(node.writer_gid_seq) >= writers
                and len(node.reader_gid_seq) >= readers
            )

        self._spinner.until(is_there)
        return self.nodes()[name]

    def endpoints(self, kind: Any) -> dict[bytes, Any]:
        """Returns what DDS itself knows of endpoints, by their gid."""
        return {found.key.bytes: found for found in BuiltinDataReader(self._own, kind).read(200)}


@pytest.fixture
def onlooker(spinner):
    return Onlooker(spinner)


def test_a_node_is_announced_with_its_namespace_and_its_own_endpoints(start_adapter, onlooker):
    peer = start_adapter("Latch")
    assert peer.said()["ready"]
    node = onlooker.until("/tests/latch", writers=1)
    assert not node.reader_gid_seq
    written = onlooker.endpoints(BuiltinTopicDcpsPublication)
    found = written[bytes(node.writer_gid_seq[0].data)]
    assert (found.topic_name, found.type_name) == ("rt/latched", "std_msgs::msg::dds_::String_")


def test_both_sides_of_a_service_belong_to_the_node(start_adapter, onlooker):
    peer = start_adapter("Server")
    assert peer.said()["ready"]
    node = onlooker.until("/server", writers=1, readers=1)
    reading = onlooker.endpoints(BuiltinTopicDcpsSubscription)[bytes(node.reader_gid_seq[0].data)]
    writing = onlooker.endpoints(BuiltinTopicDcpsPublication)[bytes(node.writer_gid_seq[0].data)]
    assert (reading.topic_name, writing.topic_name) == ("rq/cancelRequest", "rr/cancelReply")


def test_an_endpoint_tells_the_hash_of_its_type(start_adapter, onlooker):
    peer = start_adapter("Latch")
    assert peer.said()["ready"]
    node = onlooker.until("/tests/latch", writers=1)
    found = onlooker.endpoints(BuiltinTopicDcpsPublication)[bytes(node.writer_gid_seq[0].data)]
    told = bytes(next(policy for policy in found.qos if type(policy).__name__ == "Userdata").data)
    assert told.decode() == f"typehash={typestore().hash_rihs01('std_msgs/msg/String')};"
    # As `ros2 topic info -v` of ROS 2 Jazzy shows it.
    assert b"RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18" in told


def test_participants_are_marked_as_ros_contexts(start_adapter, onlooker, spinner):
    peer = start_adapter("Latch")
    assert peer.said()["ready"]
    onlooker.until("/tests/latch")
    reader = BuiltinDataReader(spinner.node.context.participant(), BuiltinTopicDcpsParticipant)
    marks = [
        bytes(policy.data)
        for participant in reader.read(20)
        for policy in participant.qos
        if type(policy).__name__ == "Userdata"
    ]
    assert marks.count(b"enclave=/;") == 2


def test_a_node_that_is_destroyed_is_announced_no_more(onlooker, spinner):
    other = Context()
    other.init([])
    try:
        node = Node("short_lived", context=other)
        onlooker.until("/short_lived")
        node.destroy_node()
        spinner.until(lambda: "/short_lived" not in onlooker.nodes())
    finally:
        other.shutdown()


NAME_OF_AN_ENDPOINT = """
from types import SimpleNamespace
from uuid import UUID
from specedge.ros.cyclone import graph
print(graph._gid(SimpleNamespace(get_guid=lambda: UUID(int=7))).data.tolist())
"""


@pytest.mark.parametrize(("distribution", "padding"), [("humble", 8), ("jazzy", 0), ("", 0)])
def test_an_endpoint_is_named_as_the_ros_2_around_it_reads_it(
    distribution: str, padding: int
) -> None:
    environment = os.environ | {"ROS_DISTRO": distribution}
    command = [sys.executable, "-c", NAME_OF_AN_ENDPOINT]
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    assert json.loads(said) == [0] * 15 + [7] + [0] * padding
