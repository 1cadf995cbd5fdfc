"""What the Foxglove layout and the RViz configuration look at is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from specedge.nodes import profiles as frames
from specedge.nodes import topics
from specedge.paths import shared
from specedge.robot import lidar
from specedge.ros.definitions import typestore

LAYOUT = json.loads(shared("config", "foxglove.json").read_text(encoding="utf-8"))
RVIZ = yaml.safe_load(shared("config", "specedge.rviz").read_text(encoding="utf-8"))

SERVICES = (topics.CANCEL, topics.STOP, topics.RESET_STOP)
RVIZ_TYPES = {
    "rviz_default_plugins/Odometry": "nav_msgs/msg/Odometry",
    "rviz_default_plugins/Image": "sensor_msgs/msg/CompressedImage",
    "rviz_default_plugins/PointCloud2": "sensor_msgs/msg/PointCloud2",
}
NODE, ARRAY, SEQUENCE = 2, 3, 4
"""Kinds of field in rosbags, besides plain values (1)."""


class NoSuchField(Exception):
    """A path does not fit its message."""


def kind_of(path: str) -> str:
    """Returns the type at the end of a Foxglove message path, such as ``/odom.pose.pose``."""
    topic, *steps = path.split(".")
    if topic not in topics.TYPES:
        raise NoSuchField(f"no topic {topic}")
    kind = topics.TYPES[topic]
    for step in steps:
        name, index = re.fullmatch(r"(\w+)(\[[\d:-]*\])?", step).groups()  # type: ignore[union-attr]
        fields = dict(typestore().fielddefs[kind][1]) if "/" in kind else {}
        if name not in fields:
            raise NoSuchField(f"{path}: {kind} has no {name}")
        number, detail = int(fields[name][0]), fields[name][1]
        several = number in (ARRAY, SEQUENCE)
        if bool(index) is not several and step is not steps[-1]:
            raise NoSuchField(f"{path}: {name} is {'several' if several else 'one'}")
        if several:
            number, detail = int(detail[0][0]), detail[0][1]
        kind = detail if number == NODE else detail[0]
    return kind


def paths(value: Any, key: str = "") -> Iterator[str]:
    """Yields every message path and topic of a Foxglove configuration."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from ([name] if key == "topics" else [])
            yield from paths(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from paths(item, key)
    elif isinstance(value, str) and value.startswith("/") and key != "serviceName":
        yield value


def panels(node: Any) -> list[str]:
    """Returns the panels of a layout's tree."""
    if isinstance(node, str):
        return [node]
    return panels(node["first"]) + panels(node["second"])


@pytest.mark.parametrize("path", sorted(set(paths(LAYOUT["configById"]))))
def test_every_path_in_the_foxglove_layout_is_a_field_of_a_topic(path: str) -> None:
    kind_of(path)


@pytest.mark.parametrize(
    "wrong", ["/nonesuch", "/odom.speed", "/odom.pose.position.x", "/specedge/status.text.length"]
)
def test_a_path_that_leads_nowhere_is_noticed(wrong: str) -> None:
    with pytest.raises(NoSuchField):
        kind_of(wrong)


def test_what_is_plotted_are_numbers() -> None:
    plotted = [
        line["value"]
        for name, panel in LAYOUT["configById"].items()
        if name.startswith("Plot!")
        for line in [*panel["paths"], *filter(None, [panel.get("xAxisPath")])]
    ]
    assert len(plotted) >= 10
    assert {re.sub(r"\d+", "", kind_of(path)) for path in plotted} <= {"float", "uint", "int"}


def test_every_panel_stands_in_the_layout_once() -> None:
    assert sorted(panels(LAYOUT["layout"])) == sorted(LAYOUT["configById"])


def test_the_layout_shows_every_topic_of_ours_that_a_person_looks_at() -> None:
    shown = {path.split(".")[0] for path in paths(LAYOUT["configById"])}
    # Frames of reference are shown without being named, and a heartbeat is nothing to look at.
    assert set(topics.TYPES) - shown == {topics.TF, topics.TF_STATIC, topics.CAMERA_HEARTBEAT}


def test_buttons_call_services_and_publish_types_that_there_are() -> None:
    for panel in LAYOUT["configById"].values():
        assert panel.get("serviceName", SERVICES[0]) in SERVICES
        if "datatype" in panel:
            assert panel["datatype"] == topics.TYPES[panel["topicName"]]
            assert set(json.loads(panel["value"])) == {"data"}


def test_rviz_looks_at_topics_of_the_type_that_each_display_wants() -> None:
    displays = RVIZ["Visualization Manager"]["Displays"]
    looked = {display["Name"]: display for display in displays if "Topic" in display}
    assert set(looked) == {"Robot", "Path", "Lidar", "Camera"}
    types = topics.TYPES | {lidar.TOPIC.removeprefix("rt"): "sensor_msgs/msg/PointCloud2"}
    for display in looked.values():
        assert types[display["Topic"]["Value"]] == RVIZ_TYPES[display["Class"]]
    assert {"rviz_default_plugins/TF", "rviz_default_plugins/Grid"} <= {
        d["Class"] for d in displays
    }


def test_rviz_uses_our_frames_of_reference() -> None:
    manager = RVIZ["Visualization Manager"]
    assert manager["Global Options"]["Fixed Frame"] == frames.ODOM_FRAME
    assert manager["Views"]["Current"]["Target Frame"] == frames.BASE_FRAME
    assert LAYOUT["configById"]["3D!place"]["fixedFrame"] == frames.ODOM_FRAME
