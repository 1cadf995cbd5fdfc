"""Starts the stack under ROS 2: ``ros2 launch specedge go2_vlm.launch.py sim:=true``.

What runs, and with which parameters, is described once for ``specedge up`` and this file, in
specedge.stack.description; arguments left out have the defaults of there.
"""

from __future__ import annotations

import os
import site
import sysconfig

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch_ros.actions import Node

ENVIRONMENT = os.environ.get("VIRTUAL_ENV", "")
if ENVIRONMENT:
    # `ros2 launch` runs in ROS 2's own Python, which knows nothing of the active environment.
    site.addsitedir(sysconfig.get_path("purelib", "posix_prefix", {"base": ENVIRONMENT}))
try:
    from specedge.stack.description import Options, processes
    from specedge.stack.launching import (
        YES_OR_NO,
        action,
        common_arguments,
        common_options,
        given_values,
    )
except ImportError as error:
    raise RuntimeError(
        f"specedge cannot be imported ({error}); activate the environment that scripts/setup.sh "
        "made (source .venv/bin/activate), then source ros2_ws/install/setup.bash, and try again"
    ) from error

ARGUMENTS = (
    DeclareLaunchArgument(
        "sim",
        default_value="false",
        choices=YES_OR_NO,
        description="Run the simulated Go2 here and drive it, instead of a real one.",
    ),
    DeclareLaunchArgument(
        "network_interface",
        default_value="",
        description="Interface the real Go2 is connected to, such as eth0; `ip link` lists them.",
    ),
    DeclareLaunchArgument(
        "live",
        default_value="false",
        choices=YES_OR_NO,
        description="Let a real robot move. Otherwise a dry run: worked out, shown, not sent.",
    ),
    DeclareLaunchArgument(
        "image_topic",
        default_value="",
        description="sensor_msgs/CompressedImage of another camera; empty: camera_node runs.",
    ),
    DeclareLaunchArgument(
        "seed",
        default_value=str(Options.seed),
        description="Which room is simulated (sim:=true); the usual one has a red chair.",
    ),
    DeclareLaunchArgument(
        "rate", default_value="1.0", description="Simulated seconds per second (sim:=true)."
    ),
    *common_arguments(),
)


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=start)])


def start(context: LaunchContext) -> list[Node | ExecuteProcess]:
    """Makes the actions; an option that makes no sense ends the launch with its message."""
    given = given_values(context, ARGUMENTS)
    if given["sim"] == "false" and not given["network_interface"]:
        raise RuntimeError(
            "no robot: give sim:=true for the simulated Go2, or network_interface:= with the "
            "interface that the Go2 is connected to (`ip link` lists them)"
        )
    options = Options(
        **common_options(given),
        simulated=given["sim"] == "true",
        seed=int(given["seed"]),
        rate=float(given["rate"]),
        live=given["live"] == "true",
        network_interface=given["network_interface"],
        image_topic=given["image_topic"],
    )
    if options.simulated or options.record:
        options.run.mkdir(parents=True, exist_ok=True)
    return [action(process, given["python"]) for process in processes(options)]
