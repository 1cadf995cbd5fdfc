"""The messages and services of the stack, by name: ``from specedge.ros.messages import Odometry``.

Classes are made, or imported, when they are first asked for.
"""

from __future__ import annotations

from typing import Any

from specedge.ros.interfaces import interface

NAMES = {
    name.rsplit("/", 1)[1]: name
    for name in (
        "builtin_interfaces/msg/Time",
        "diagnostic_msgs/msg/DiagnosticArray",
        "diagnostic_msgs/msg/DiagnosticStatus",
        "diagnostic_msgs/msg/KeyValue",
        "geometry_msgs/msg/Point",
        "geometry_msgs/msg/Pose",
        "geometry_msgs/msg/PoseStamped",
        "geometry_msgs/msg/Quaternion",
        "geometry_msgs/msg/Transform",
        "geometry_msgs/msg/TransformStamped",
        "geometry_msgs/msg/Twist",
        "geometry_msgs/msg/TwistStamped",
        "geometry_msgs/msg/Vector3",
        "nav_msgs/msg/Odometry",
        "nav_msgs/msg/Path",
        "rosgraph_msgs/msg/Clock",
        "sensor_msgs/msg/CameraInfo",
        "sensor_msgs/msg/CompressedImage",
        "sensor_msgs/msg/Image",
        "specedge_msgs/msg/Action",
        "specedge_msgs/msg/Command",
        "specedge_msgs/msg/MotionState",
        "specedge_msgs/msg/Status",
        "specedge_msgs/msg/Tokens",
        "std_msgs/msg/Header",
        "std_msgs/msg/String",
        "std_srvs/srv/Trigger",
        "tf2_msgs/msg/TFMessage",
    )
}


def __getattr__(name: str) -> Any:
    if name not in NAMES:
        raise AttributeError(f"module {__name__} has no message {name}; it has {', '.join(NAMES)}")
    return interface(NAMES[name])


def __dir__() -> list[str]:
    return sorted([*globals(), *NAMES])
