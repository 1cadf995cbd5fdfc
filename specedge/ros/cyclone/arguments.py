"""What follows ``--ros-args``: parameters, parameter files, remappings, log levels.

https://design.ros2.org/articles/ros_command_line_arguments.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from specedge.ros.cyclone.logging import Level
from specedge.ros.errors import BadArguments

_FLAGS = {"--params-file", "-p", "--param", "-r", "--remap", "--log-level"}
# YAML 1.1 wants a dot and a sign in 1.0e+3; ROS 2 takes 1e3 for a number as well.
_FLOAT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+\Z")


@dataclass(frozen=True)
class Override:
    """A parameter's value for the nodes whose full name matches a pattern."""

    pattern: str
    name: str
    value: Any


@dataclass(frozen=True)
class RosArguments:
    """The parsed arguments. Later overrides win."""

    overrides: tuple[Override, ...] = ()
    remappings: dict[str, str] = field(default_factory=dict)
    levels: dict[str, Level] = field(default_factory=dict)

    def parameters(self, full_name: str) -> dict[str, Any]:
        """Returns the values given for the node of that full name, such as ``/camera_node``."""
        return {
            override.name: override.value
            for override in self.overrides
            if _matches(override.pattern, full_name)
        }

    def level(self, logger: str) -> Level:
        return self.levels.get(logger, self.levels.get("", Level.INFO))


def parse(arguments: Sequence[str]) -> RosArguments:
    """Reads a command line; all outside ``--ros-args … --`` is left to others.

    Raises:
        BadArguments: an argument, or a parameter file, cannot be understood.
    """
    overrides: list[Override] = []
    remappings: dict[str, str] = {}
    levels: dict[str, Level] = {}
    for flag, value in _flags(arguments):
        if flag == "--params-file":
            overrides += read_parameters(Path(value))
        elif flag in ("-p", "--param"):
            name, text = _split(flag, value)
            node, _, parameter = name.rpartition(":")
            overrides.append(Override(_pattern(node or "**"), parameter, scalar(text)))
        elif flag in ("-r", "--remap"):
            old, new = _split(flag, value)
            remappings[old] = new
        else:
            logger, _, level = value.rpartition(":=")
            levels[logger] = _level(level)
    return RosArguments(tuple(overrides), remappings, levels)


def read_parameters(path: Path) -> list[Override]:
    """Reads a parameter file: node names (or ``/**``), each with ``ros__parameters``.

    Raises:
        BadArguments: the file cannot be read, or has another form.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadArguments(f"the parameter file {path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise BadArguments(f"the parameter file {path} has no node with ros__parameters")
    return list(_nodes(content, "", path))


def scalar(text: str) -> Any:
    """Returns the value that a text means in YAML, numbers as ROS 2 reads them.

    Raises:
        BadArguments: the text is no YAML.
    """
    try:
        return _number(yaml.safe_load(text)) if text else ""
    except yaml.YAMLError as error:
        raise BadArguments(f"the parameter value {text!r} is no YAML: {error}") from error


def _flags(arguments: Sequence[str]) -> Iterable[tuple[str, str]]:
    inside = False
    items = iter(arguments)
    for item in items:
        if item == "--ros-args":
            inside = True
        elif not inside:
            continue
        elif item == "--":
            inside = False
        elif item in _FLAGS:
            value = next(items, None)
            if value is None:
                raise BadArguments(f"{item} lacks its value")
            yield item, value
        else:
            raise BadArguments(f"{item} is not known after --ros-args; {sorted(_FLAGS)} are")


def _split(flag: str, text: str) -> tuple[str, str]:
    name, sign, value = text.partition(":=")
    if not sign or not name:
        raise BadArguments(f"{flag} {text} is not of the form name:=value")
    return name, value


def _level(text: str) -> Level:
    try:
        return Level[text.upper()]
    except KeyError:
        raise BadArguments(
            f"--log-level {text}: use one of {', '.join(level.name.lower() for level in Level)}"
        ) from None


def _nodes(content: dict[Any, Any], above: str, path: Path) -> Iterable[Override]:
    for key, value in content.items():
        if not isinstance(value, dict):
            raise BadArguments(f"the parameter file {path} has {key} outside of ros__parameters")
        if key == "ros__parameters":
            for name, item in _flatten(value, ""):
                yield Override(_pattern(above), name, item)
        else:
            yield from _nodes(value, f"{above}/{str(key).strip('/')}", path)


def _flatten(content: dict[Any, Any], above: str) -> Iterable[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", _number(value)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) and _FLOAT.match(value) else value


def _pattern(name: str) -> str:
    return "/" + name.strip("/")


def _matches(pattern: str, full_name: str) -> bool:
    """``*`` stands for one part of a name, ``**`` for any number of parts."""
    expression = "".join(
        r"(/[^/]+)*" if part == "**" else "/[^/]+" if part == "*" else "/" + re.escape(part)
        for part in pattern[1:].split("/")
    )
    return re.fullmatch(expression, full_name) is not None
