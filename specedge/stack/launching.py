"""Processes as actions of ROS 2's launch; for the launch files alone, which have it."""

from __future__ import annotations

import shlex
from typing import Any

from launch.actions import ExecuteProcess, Shutdown
from launch_ros.actions import Node

from specedge.stack.description import Parameter, Process

SECONDS_TO_END = "15"
"""From SIGINT to SIGTERM: the motion controller repeats its stop until the robot stands."""


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
