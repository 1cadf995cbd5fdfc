"""Parameters of the motion controller node, and what they make."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from specedge.errors import SpecedgeError
from specedge.motion.clearance import MARGIN
from specedge.motion.limits import Limits
from specedge.motion.pacing import Pacing
from specedge.motion.pilot import LIDAR, ROBOT, PilotSettings
from specedge.motion.task import Patience
from specedge.nodes import topics
from specedge.ros.settings import Setting

CAMERA = "camera_node"
FRAMES = "camera frames"
VLM = "vlm_node"
VERIFIER = "verifier"


class UnsafeSetting(SpecedgeError):
    """Parameters that would move a robot nobody meant to move."""


class BadAxes(SpecedgeError):
    """A list of joystick axes that is none."""


SETTINGS = (
    Setting("live", False, "Whether a real robot may move. Otherwise a dry run"),
    Setting("simulated", False, "Whether the robot is the simulated one, which always may move"),
    Setting("network_interface", "", "Interface the Go2 is connected to; 'lo' when simulated"),
    Setting("avoid_obstacles", False, "Drive through the Go2's own obstacle avoidance"),
    Setting("stand_at_start", True, "Raise the robot before the first command"),
    Setting("forward_limit", 0.5, "Largest speed forward and back", "m/s", 0.05, 0.5),
    Setting("lateral_limit", 0.3, "Largest speed to the side", "m/s", 0.05, 0.3),
    Setting("yaw_rate_limit", 0.8, "Largest turning speed", "rad/s", 0.1, 0.8),
    Setting("linear_acceleration", 1.0, "Largest change of speed", "m/s²", 0.1, 3.0),
    Setting("yaw_acceleration", 2.5, "Largest change of turning speed", "rad/s²", 0.1, 8.0),
    Setting("walk_speed", 0.4, "Speed of a walk on its way", "m/s", 0.05, 0.5),
    Setting("sidestep_speed", 0.25, "Speed of a sidestep on its way", "m/s", 0.05, 0.3),
    Setting("turn_speed", 0.7, "Speed of a turn on its way", "rad/s", 0.1, 0.8),
    Setting("response_lag", 0.15, "Time in which the robot takes up a speed", "s", 0.01, 1.0),
    Setting("stall_time", 1.5, "Time without progress that means blocked", "s", 0.5, 10.0),
    Setting(
        "clearance",
        MARGIN,
        "Distance that is kept from what the Go2's lidar sees; 0.0 to drive without it",
        "m",
        0.0,
        0.5,
    ),
    Setting("robot_silence", 0.2, "Silence of the robot that stops it", "s", 0.05, 1.0),
    Setting("lidar_silence", 0.5, "Silence of the lidar that stops it", "s", 0.1, 2.0),
    Setting("camera_silence", 0.12, "Silence of camera_node that stops it", "s", 0.05, 2.0),
    Setting("frame_silence", 0.6, "Time without a new picture that stops it", "s", 0.1, 2.0),
    Setting("vlm_silence", 0.3, "Silence of vlm_node that stops it", "s", 0.1, 2.0),
    Setting("verifier_silence", 0.3, "Silence about the verifier that stops it", "s", 0.1, 2.0),
    Setting("verifier_required", True, "Whether loss of the verifier stops the robot"),
    Setting("picture_age", 10.0, "Age of a picture that is no ground to move", "s", 0.5, 60.0),
    Setting("pause", 1.0, "Time a source may be gone before the command ends", "s", 0.0, 10.0),
    Setting(
        "camera_heartbeat",
        True,
        "Whether camera_node runs; otherwise the pictures of another camera are watched",
    ),
    Setting("image_topic", topics.IMAGE, "Pictures to watch where camera_node does not run"),
    Setting("joystick_topic", "/joy", "sensor_msgs/Joy that outranks the model; empty for none"),
    Setting(
        "joystick_ignored_axes",
        "",
        "Axes that count for nothing, such as triggers that rest at 1: numbers from 0, by commas",
    ),
    Setting(
        "joystick_deadband",
        0.1,
        "Deflection that counts as driving, of the joystick and of the Go2's remote control",
        "",
        0.0,
        1.0,
    ),
)


def axes(numbers: str) -> frozenset[int]:
    """Reads numbers of axes with commas between them.

    Raises:
        BadAxes: they are none.
    """
    parts = [part.strip() for part in numbers.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise BadAxes(f"joystick_ignored_axes is {numbers!r}; give numbers such as 2,5")
    return frozenset(map(int, parts))


def keeps_clear(values: Mapping[str, Any]) -> bool:
    """Whether the robot's lidar is needed: a dry run has no robot that could have one."""
    return values["clearance"] > 0.0 and (values["live"] or values["simulated"])


def pilot_settings(values: Mapping[str, Any]) -> PilotSettings:
    """Makes the pilot's settings.

    Raises:
        UnsafeSetting: a robot called simulated is not on the loopback interface.
    """
    if values["simulated"] and values["network_interface"] != "lo":
        raise UnsafeSetting(
            f"simulated is set, but network_interface is {values['network_interface']!r}: the "
            "simulated robot is on 'lo'; for a real one leave simulated out and set live"
        )
    silences = {
        ROBOT: values["robot_silence"],
        FRAMES: values["frame_silence"],
        VLM: values["vlm_silence"],
    }
    if keeps_clear(values):
        silences[LIDAR] = values["lidar_silence"]
    if values["camera_heartbeat"]:
        silences[CAMERA] = values["camera_silence"]
    if values["verifier_required"]:
        silences[VERIFIER] = values["verifier_silence"]
    return PilotSettings(
        limits=Limits(
            forward=values["forward_limit"],
            lateral=values["lateral_limit"],
            yaw_rate=values["yaw_rate_limit"],
            linear_acceleration=values["linear_acceleration"],
            yaw_acceleration=values["yaw_acceleration"],
        ),
        pacing=Pacing(
            # An action's time is allowed for by its speed, which the limits may not let through.
            walk=min(values["walk_speed"], values["forward_limit"]),
            sidestep=min(values["sidestep_speed"], values["lateral_limit"]),
            turn=min(values["turn_speed"], values["yaw_rate_limit"]),
            lag=values["response_lag"],
            angle_tolerance=math.radians(2.0),
            stall_seconds=values["stall_time"],
        ),
        patience=Patience(held=values["pause"]),
        silences=silences,
        margin=values["clearance"],
        stand_at_start=values["stand_at_start"],
        picture_age=values["picture_age"],
    )
