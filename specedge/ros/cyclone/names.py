"""ROS names, validated and expanded, and what they are called in DDS."""

from __future__ import annotations

import re

from specedge.ros.errors import InvalidName

_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_INTERFACE = re.compile(r"([a-z][a-z0-9_]*)/(msg|srv)/([A-Z][A-Za-z0-9]*(?:_Request|_Response)?)\Z")


def check_node_name(name: str) -> str:
    """Returns the name of a node if ROS 2 allows it.

    Raises:
        InvalidName: it does not.
    """
    if not _TOKEN.match(name):
        raise InvalidName(
            f"{name!r} is no node name; use letters, digits and underscores, no digit first"
        )
    return name


def check_namespace(namespace: str) -> str:
    """Returns a namespace with its leading slash and without a trailing one.

    Raises:
        InvalidName: ROS 2 does not allow it.
    """
    parts = [part for part in namespace.split("/") if part]
    for part in parts:
        if not _TOKEN.match(part):
            raise InvalidName(
                f"{namespace!r} is no namespace; {part!r} in it is not made of letters, digits "
                "and underscores, or has a digit first"
            )
    return "/" + "/".join(parts)


def expand(name: str, node: str, namespace: str) -> str:
    """Returns the absolute name of a topic or service as a node means it.

    ``/a`` is absolute, ``a`` is in the node's namespace, ``~/a`` is below the node itself.

    Raises:
        InvalidName: ROS 2 does not allow the name.
    """
    base = namespace.rstrip("/")
    if name == "~" or name.startswith("~/"):
        absolute = f"{base}/{node}{name[1:]}"
    elif name.startswith("/"):
        absolute = name
    else:
        absolute = f"{base}/{name}"
    for part in absolute[1:].split("/"):
        if not _TOKEN.match(part) or "__" in part:
            raise InvalidName(
                f"{name!r} is no topic or service name; {part!r} in it must be letters, digits "
                "and single underscores, no digit first"
            )
    return absolute


def dds_topic(absolute: str) -> str:
    """Returns the DDS topic of a ROS topic: ``/odom`` is ``rt/odom``."""
    return f"rt{absolute}"


def dds_service_topics(absolute: str) -> tuple[str, str]:
    """Returns the DDS topics of a ROS service: that of the requests and that of the replies."""
    return f"rq{absolute}Request", f"rr{absolute}Reply"


def interface_parts(name: str) -> tuple[str, str, str]:
    """Splits ``std_msgs/msg/String`` into package, kind and type.

    Raises:
        InvalidName: the text does not have that form.
    """
    match = _INTERFACE.match(name)
    if match is None:
        raise InvalidName(
            f"{name!r} names no interface; write package/msg/Type or package/srv/Type"
        )
    return match[1], match[2], match[3]


def dds_type(interface: str) -> str:
    """Returns the DDS name of a type: ``std_msgs::msg::dds_::String_``."""
    package, kind, name = interface_parts(interface)
    return f"{package}::{kind}::dds_::{name}_"
