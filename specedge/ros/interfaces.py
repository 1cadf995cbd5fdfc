"""Message and service types by their ROS name, whichever implementation is in use."""

from __future__ import annotations

import importlib
from typing import Any

from specedge.ros.choice import RCLPY, implementation
from specedge.ros.errors import UnknownInterface


def interface(name: str) -> Any:
    """Returns the class for ``package/msg/Type`` or ``package/srv/Type``.

    Raises:
        InvalidName: the name does not have that form.
        UnknownInterface: there is no such type; for specedge_msgs under ROS 2, the workspace
            was not built or not sourced.
    """
    from specedge.ros.cyclone.names import interface_parts

    package, kind, type_name = interface_parts(name)
    if implementation() == RCLPY:
        try:
            return getattr(importlib.import_module(f"{package}.{kind}"), type_name)
        except (ImportError, AttributeError) as error:
            raise UnknownInterface(
                f"{name} is not in this ROS 2 environment ({error}); for specedge_msgs, run "
                "`colcon build` in ros2_ws and source its install/setup.bash"
            ) from error
    from specedge.ros.cyclone.types import message_class, service_class

    return message_class(name) if kind == "msg" else service_class(name)
