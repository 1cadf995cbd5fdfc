"""What the launch files share: arguments, and processes as actions of ROS 2's launch.

For the launch files alone, which have launch.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from launch import LaunchContext
from launch.actions import DeclareLaunchArgument, ExecuteProcess, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from specedge.edge.modes import DEFAULT_MODE, MODES
from specedge.stack.description import Parameter, Process

SECONDS_TO_END = "15"
"""From SIGINT to SIGTERM: the motion controller repeats its stop until the robot stands."""

YES_OR_NO = ("true", "false")


def common_arguments() -> tuple[DeclareLaunchArgument, ...]:
    """Returns the arguments that every launch file has."""
    environment = os.environ.get("VIRTUAL_ENV", "")
    return (
        DeclareLaunchArgument(
            "cloud",
            default_value="",
            description="Verifier elsewhere, such as tcp://host:5555; empty: one is run here.",
        ),
        DeclareLaunchArgument(
            "verifier_key",
            default_value="",
            description="The verifier.key of `specedge keygen`, for a cloud that has --keys.",
        ),
        DeclareLaunchArgument(
            "mode",
            default_value=DEFAULT_MODE,
            choices=list(MODES),
            description="How the draft on the robot and the target model decode together.",
        ),
        DeclareLaunchArgument(
            "models",
            default_value="",
            description="Folder with the models, target/ and draft/; empty: the pair that ships.",
        ),
        DeclareLaunchArgument(
            "record",
            default_value="true",
            choices=YES_OR_NO,
            description="Record all topics to an MCAP bag in the run folder, whole each second.",
        ),
        DeclareLaunchArgument(
            "run_dir",
            default_value=str(Path("runs", datetime.now().strftime("%Y-%m-%d_%H-%M-%S"))),
            description="Folder for the bag, and for what a simulator knows to be true.",
        ),
        DeclareLaunchArgument(
            "python",
            default_value=str(Path(environment, "bin", "python"))
            if environment
            else sys.executable,
            description="Python that has specedge's requirements, for all processes.",
        ),
    )


def given_values(
    context: LaunchContext, arguments: Iterable[DeclareLaunchArgument]
) -> dict[str, str]:
    """Returns what the arguments of a launch file were given."""
    return {a.name: LaunchConfiguration(a.name).perform(context) for a in arguments}


def common_options(given: dict[str, str]) -> dict[str, Any]:
    """Returns the part of `specedge.stack.description.Options` that `common_arguments` give."""
    return {
        "run": Path(given["run_dir"]).absolute(),
        "mode": given["mode"],
        "cloud": given["cloud"],
        "verifier_key": Path(given["verifier_key"]) if given["verifier_key"] else None,
        "models": Path(given["models"]) if given["models"] else None,
        "record": given["record"] == "true",
    }


def action(process: Process, python: str, **parameters: Parameter) -> Any:
    """Returns the action that runs a process. When one ends, the launch ends.

    Args:
        process: What to run.
        python: Has specedge's requirements.
        parameters: Set over those of a node; unused for what is no node.
    """
    ending = Shutdown(reason=f"{process.name} ended")
    if not process.node:
        return ExecuteProcess(
            name=process.name,
            cmd=[python, *process.command()[1:]],
            additional_env=dict(process.environment),
            output="screen",
            sigterm_timeout=SECONDS_TO_END,
            on_exit=ending,
        )
    files = [str(process.parameters_file)] if process.parameters_file else []
    return Node(
        package="specedge",
        executable=process.node,
        name=process.node,
        exec_name=process.name,
        prefix=shlex.quote(python),
        arguments=list(process.arguments),
        parameters=[*files, {**process.parameters, **parameters}],
        additional_env=dict(process.environment),
        output="screen",
        sigterm_timeout=SECONDS_TO_END,
        on_exit=ending,
    )
