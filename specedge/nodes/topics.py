"""Topics and services of the stack, with the names that users rely on (ROS 2 names and types)."""

from __future__ import annotations

from typing import Any

GOAL = "/specedge/goal"
IMAGE = "/camera/image_raw/compressed"
CAMERA_INFO = "/camera/camera_info"
CAMERA_HEARTBEAT = "/camera/heartbeat"
"""camera_node lives; the stamp is the newest picture's, zero before the first.

A dead camera_node is to be noticed sooner than the next picture of a slow camera is due.
"""
COMMAND = "/specedge/command"
TOKENS = "/specedge/tokens"
STATUS = "/specedge/status"
MOTION = "/specedge/motion"
CMD_VEL = "/cmd_vel"
ODOM = "/odom"
TF = "/tf"
TF_STATIC = "/tf_static"
DIAGNOSTICS = "/diagnostics"

STOP, RESET_STOP = "/specedge/stop", "/specedge/reset_stop"
"""Services (std_srvs/srv/Trigger): latch the emergency stop, and release it."""
CANCEL = "/specedge/cancel"
"""Service (the same type): the goal is given up."""

AWAKE = ("ready", "moving", "stopped")
"""States of specedge_msgs/MotionState in which the robot takes commands."""

TYPES = {
    GOAL: "std_msgs/msg/String",
    IMAGE: "sensor_msgs/msg/CompressedImage",
    CAMERA_INFO: "sensor_msgs/msg/CameraInfo",
    CAMERA_HEARTBEAT: "std_msgs/msg/Header",
    COMMAND: "specedge_msgs/msg/Command",
    TOKENS: "specedge_msgs/msg/Tokens",
    STATUS: "specedge_msgs/msg/Status",
    MOTION: "specedge_msgs/msg/MotionState",
    CMD_VEL: "geometry_msgs/msg/TwistStamped",
    ODOM: "nav_msgs/msg/Odometry",
    TF: "tf2_msgs/msg/TFMessage",
    TF_STATIC: "tf2_msgs/msg/TFMessage",
    DIAGNOSTICS: "diagnostic_msgs/msg/DiagnosticArray",
}
"""Type of each topic; all of them are recorded."""

TRANSIENT_LOCAL = (GOAL, STATUS, TF_STATIC)
"""Topics whose last message reaches those who come late."""

EXIT_AGREEMENT = "share of guesses confirmed, exit after layer "
"""Begins the name of an exit's figure in vlm_node's diagnostics."""

WITHOUT_LOSS = (GOAL, COMMAND, TOKENS, STATUS, DIAGNOSTICS)
"""Topics of which a listener must not miss a message.

The others come many times a second; a listener that asked for each of them could hold up the
control loop that publishes them.
"""
DEPTH = 100


def quality(topic: str) -> Any:
    """Returns the quality of service with which we listen to a topic."""
    from specedge import ros

    # Not the goals: `ros2 topic pub` offers them to those who are there alone, and a listener
    # that asked for more than is offered would hear nothing.
    if topic in (STATUS, TF_STATIC):
        return ros.QoSProfile(depth=DEPTH, durability=ros.DurabilityPolicy.TRANSIENT_LOCAL)
    if topic in WITHOUT_LOSS:
        return ros.QoSProfile(depth=DEPTH)
    return ros.QoSProfile(depth=DEPTH, reliability=ros.ReliabilityPolicy.BEST_EFFORT)
