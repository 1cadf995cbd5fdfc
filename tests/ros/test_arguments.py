"""What follows --ros-args."""

from __future__ import annotations

from pathlib import Path

import pytest

from specedge.ros.cyclone.arguments import parse
from specedge.ros.cyclone.context import Context
from specedge.ros.cyclone.logging import Level
from specedge.ros.cyclone.node import Node
from specedge.ros.errors import BadArguments


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.0", 1.0),
        ("1e-3", 0.001),
        ("true", True),
        ("lo", "lo"),
        ("'1'", "1"),
        ("", ""),
        ("tcp://host:5555", "tcp://host:5555"),
        ("[1, 2]", [1, 2]),
    ],
)
def test_a_value_has_the_type_that_ros_gives_it(text, value):
    found = parse(["--ros-args", "-p", f"x:={text}"]).parameters("/a")["x"]
    assert found == value
    assert type(found) is type(value)


def test_only_what_stands_after_ros_args_is_read():
    arguments = parse(["-p", "x:=1", "--ros-args", "-p", "x:=2", "--", "-p", "x:=3"])
    assert arguments.parameters("/a") == {"x": 2}


def test_a_parameter_may_be_meant_for_one_node():
    arguments = parse(["--ros-args", "-p", "a:x:=1", "-p", "y:=2"])
    assert arguments.parameters("/a") == {"x": 1, "y": 2}
    assert arguments.parameters("/b") == {"y": 2}


def test_a_file_addresses_nodes_by_name_namespace_and_wildcard(tmp_path):
    file = tmp_path / "parameters.yaml"
    file.write_text(
        "/**: {ros__parameters: {x: 1, limits: {speed: 0.5}}}\n"
        "dog: {walker: {ros__parameters: {x: 2}}}\n"
        "/*/sitter: {ros__parameters: {x: 3}}\n",
        encoding="utf-8",
    )
    arguments = parse(["--ros-args", "--params-file", str(file)])
    assert arguments.parameters("/cat") == {"x": 1, "limits.speed": 0.5}
    assert arguments.parameters("/dog/walker")["x"] == 2
    assert arguments.parameters("/dog/sitter")["x"] == 3
    assert arguments.parameters("/sitter")["x"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["-p"],
        ["-p", "x=1"],
        ["-p", "x:=[1"],
        ["--parameter", "x:=1"],
        ["--log-level", "loud"],
        ["--params-file", "/nowhere/at/all.yaml"],
    ],
)
def test_what_cannot_be_understood_is_refused(arguments):
    with pytest.raises(BadArguments):
        parse(["--ros-args", *arguments])


@pytest.mark.parametrize("text", ["", "- a", "a: 1", "a: {b: 1}", "a: [", "\udcff"])
def test_a_file_of_another_form_is_refused_with_its_path(tmp_path, text):
    file = Path(tmp_path, "odd.yaml")
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadArguments, match=r"odd\.yaml"):
        parse(["--ros-args", "--params-file", str(file)])


def test_levels_may_be_set_for_all_or_for_one():
    arguments = parse(["--ros-args", "--log-level", "warn", "--log-level", "a:=debug"])
    assert (arguments.level("a"), arguments.level("b")) == (Level.DEBUG, Level.WARN)


def test_a_node_and_its_topics_can_be_remapped(dds_domain):
    context = Context()
    context.init(["--ros-args", "-r", "__node:=b", "-r", "__ns:=/dog", "-r", "text:=/other"])
    try:
        node = Node("a", context=context)
        assert node.get_fully_qualified_name() == "/dog/b"
        assert node.resolve_topic_name("text") == "/other"
        assert node.resolve_topic_name("/text") == "/text"
    finally:
        context.shutdown()
