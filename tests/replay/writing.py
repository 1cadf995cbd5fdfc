"""Bags as others write them: rosbags' writers for ROS 1 and 2, and mcap's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as Ros2Writer
from rosbags.typesys import Stores, get_typestore

IMAGE = "/cam/image"
GOAL = "/goal"
SECOND = 1_000_000_000

ROS2 = get_typestore(Stores.ROS2_HUMBLE)
ROS1 = get_typestore(Stores.ROS1_NOETIC)

Messages = Sequence[tuple[str, int, Any]]
"""Topic, when it was recorded in nanoseconds, and the message."""


def picture(shade: int = 128, width: int = 16, height: int = 12) -> bytes:
    """Returns a JPEG picture of one grey."""
    done, data = cv2.imencode(".jpg", np.full((height, width, 3), shade, np.uint8))
    assert done
    return bytes(data)


def header(store: Any, stamp: int, number: int = 0) -> Any:
    types = store.types
    time = types["builtin_interfaces/msg/Time"](sec=stamp // SECOND, nanosec=stamp % SECOND)
    fields = {"stamp": time, "frame_id": "camera"}
    if store is ROS1:
        fields["seq"] = number
    return types["std_msgs/msg/Header"](**fields)


def compressed(store: Any, stamp: int, data: bytes, encoding: str = "jpeg") -> Any:
    return store.types["sensor_msgs/msg/CompressedImage"](
        header=header(store, stamp), format=encoding, data=np.frombuffer(data, np.uint8)
    )


def raw(
    stamp: int, encoding: str, width: int, height: int, step: int, data: bytes, big: bool = False
) -> Any:
    return ROS2.types["sensor_msgs/msg/Image"](
        header=header(ROS2, stamp),
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=int(big),
        step=step,
        data=np.frombuffer(data, np.uint8),
    )


def goal(store: Any, text: str) -> Any:
    return store.types["std_msgs/msg/String"](data=text)


def frames(store: Any, count: int, topic: str = IMAGE) -> list[tuple[str, int, Any]]:
    """Returns a goal and that many pictures, ten per second, each of another shade."""
    pictures = [
        (topic, (index + 1) * SECOND // 10, compressed(store, (index + 1) * SECOND // 10, data))
        for index, data in enumerate(picture(index % 250) for index in range(count))
    ]
    return [(GOAL, SECOND // 20, goal(store, "go to the red chair")), *pictures]


def write_ros2(
    folder: Path,
    messages: Iterable[tuple[str, int, Any]],
    storage: StoragePlugin = StoragePlugin.MCAP,
    compression: CompressionMode = CompressionMode.NONE,
) -> Path:
    """Writes a rosbag2 folder with rosbags."""
    writer = Ros2Writer(folder, version=9, storage_plugin=storage)
    if compression is not CompressionMode.NONE:
        writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer:
        connections: dict[str, Any] = {}
        for topic, stamp, message in messages:
            kind = message.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=ROS2)
            data = ROS2.serialize_cdr(message, kind)
            writer.write(connections[topic], stamp, data)
    return folder


def write_ros1(
    path: Path,
    messages: Iterable[tuple[str, int, Any]],
    compression: Any = None,
    chunk_threshold: int | None = None,
) -> Path:
    """Writes a ROS 1 bag with rosbags."""
    writer = Ros1Writer(path)
    if compression is not None:
        writer.set_compression(compression)
    if chunk_threshold is not None:
        writer.chunk_threshold = chunk_threshold
    with writer:
        connections: dict[str, Any] = {}
        for topic, stamp, message in messages:
            kind = message.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=ROS1)
            writer.write(connections[topic], stamp, ROS1.serialize_ros1(message, kind))
    return path


def write_mcap(
    path: Path,
    messages: Iterable[tuple[str, int, Any]],
    *,
    profile: str = "ros2",
    chunk_size: int = 1024 * 1024,
    configure: Callable[[], dict[str, Any]] = dict,
) -> Path:
    """Writes one MCAP file with mcap's own writer."""
    from mcap.writer import Writer

    with path.open("wb") as file:
        writer = Writer(file, chunk_size=chunk_size, **configure())
        writer.start(profile=profile, library="another recorder")
        channels: dict[str, int] = {}
        for topic, stamp, message in messages:
            kind = message.__msgtype__
            if topic not in channels:
                definition, _ = ROS2.generate_msgdef(kind, ros_version=2)
                schema = writer.register_schema(kind, "ros2msg", definition.encode())
                channels[topic] = writer.register_channel(topic, "cdr", schema)
            data = bytes(ROS2.serialize_cdr(message, kind))
            writer.add_message(channels[topic], stamp, data, stamp)
        writer.finish()
    return path
