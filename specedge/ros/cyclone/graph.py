"""Which node owns which endpoint, announced as ROS 2 does, for `ros2 node list` and `node info`.

Every participant of rmw_dds_common writes one ParticipantEntitiesInfo to `ros_discovery_info`,
reliable and transient local with a history of 1, each time its nodes or their endpoints change.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from cyclonedds.core import Entity
from cyclonedds.domain import DomainParticipant

from specedge.ros.cyclone import names
from specedge.ros.cyclone.entities import delete, make_topic, make_writer, sample_class
from specedge.ros.cyclone.qos import DurabilityPolicy, QoSProfile, dds_qos
from specedge.ros.cyclone.types import message_class
from specedge.ros.definitions import typestore

TOPIC = "ros_discovery_info"
INTERFACE = "rmw_dds_common/msg/ParticipantEntitiesInfo"
GID = "rmw_dds_common/msg/Gid"
# A participant without an enclave is no ROS 2 context to `ros2 node list`.
PARTICIPANT_USER_DATA = "enclave=/;"


@dataclass(frozen=True)
class NodeEntry:
    """One node with the DDS entities it owns."""

    name: str
    namespace: str
    readers: tuple[Entity, ...]
    writers: tuple[Entity, ...]


class GraphAnnouncer:
    """Tells the graph about the nodes of one participant."""

    def __init__(self, participant: DomainParticipant) -> None:
        qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._participant = participant
        self._topic = make_topic(participant, TOPIC, INTERFACE)
        self._writer = make_writer(
            participant, self._topic, dds_qos(qos, type_hash_user_data(INTERFACE))
        )
        self._lock = threading.Lock()

    def announce(self, nodes: Iterable[NodeEntry]) -> None:
        """Replaces what was announced before."""
        node_class = message_class("rmw_dds_common/msg/NodeEntitiesInfo")
        message = message_class(INTERFACE)(
            gid=_gid(self._participant),
            node_entities_info_seq=[
                node_class(
                    node_namespace=node.namespace,
                    node_name=node.name,
                    reader_gid_seq=[_gid(reader) for reader in node.readers],
                    writer_gid_seq=[_gid(writer) for writer in node.writers],
                )
                for node in nodes
            ],
        )
        with self._lock:
            self._writer.write(sample_class(INTERFACE)(message.serialize()))

    def close(self) -> None:
        delete(self._writer)
        delete(self._topic)


def type_hash_user_data(interface: str) -> str:
    """Returns what ROS 2 keeps in an endpoint's user data, so that `topic info -v` can show it."""
    _, kind, _ = names.interface_parts(interface)
    if kind != "msg":
        return ""
    return f"typehash={typestore().hash_rihs01(interface)};"


def _gid(entity: Entity) -> object:
    (_, (_, (_, length))) = typestore().fielddefs[GID][1][0]
    data = np.zeros(length, np.uint8)
    guid = np.frombuffer(entity.get_guid().bytes, np.uint8)
    data[: len(guid)] = guid
    return message_class(GID)(data=data)
