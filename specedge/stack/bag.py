"""Writes a rosbag2 folder in MCAP that survives the death of its writer."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from pathlib import Path

from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.typesys.store import Typestore

from specedge.stack.errors import StackError
from specedge.stack.whole_mcap import WholeBagWriter

# rmw's RMW_DURATION_INFINITE, as rosbag2 writes it.
_INFINITE = QosTime(9223372036, 854775807)


class BagExists(StackError):
    """There is a bag already where one was to be written."""


class Bag:
    """A bag of serialised messages in MCAP; may be used from several threads.

    Messages are written in chunks. `flush` ends the current chunk and hands it to the operating
    system as a whole file with its metadata.yaml: when the writer is killed, the bag opens, with
    everything until the last flush. `close` adds the index that lets readers jump.

    Args:
        folder: Made here; must not exist.
        types: Message type of each topic, such as ``std_msgs/msg/String``.
        transient_local: Topics whose last message reaches late joiners; kept for the replay.
        definitions: Where the types are defined.

    Raises:
        BagExists: the folder exists.
    """

    def __init__(
        self,
        folder: Path,
        types: Mapping[str, str],
        transient_local: Collection[str],
        definitions: Typestore,
    ) -> None:
        if folder.exists():
            raise BagExists(f"{folder} exists; a bag wants a new folder")
        self._lock = threading.Lock()
        self._writer = WholeBagWriter(folder)
        self._writer.open()
        self._connections = {
            topic: self._writer.add_connection(
                topic,
                type_name,
                typestore=definitions,
                offered_qos_profiles=[_qos(topic in transient_local)],
            )
            for topic, type_name in types.items()
        }
        self.flush()

    def __enter__(self) -> Bag:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, topic: str, received: int, data: bytes) -> None:
        """Adds a message: when it was received (ns since 1970), and its CDR bytes with header."""
        with self._lock:
            if self._writer.storage is not None:
                self._writer.write(self._connections[topic], received, data)

    def flush(self) -> None:
        """Makes everything written so far readable from outside."""
        with self._lock:
            self._writer.flush()

    def close(self) -> None:
        """Finishes the file and writes metadata.yaml; harmless when repeated."""
        with self._lock:
            if self._writer.storage is not None:
                self._writer.close()


def _qos(transient_local: bool) -> Qos:
    durability = QosDurability.TRANSIENT_LOCAL if transient_local else QosDurability.VOLATILE
    return Qos(
        history=QosHistory.KEEP_LAST,
        depth=1 if transient_local else 10,
        reliability=QosReliability.RELIABLE,
        durability=durability,
        deadline=_INFINITE,
        lifespan=_INFINITE,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=_INFINITE,
        avoid_ros_namespace_conventions=False,
    )
