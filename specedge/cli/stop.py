"""``specedge stop``: the emergency stop, whether ROS 2 is there or not."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def stop(
    release: Annotated[
        bool, typer.Option("--release", help="Release the stop; nothing moves by that alone.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(help="Seconds to wait for the stack.", min=0.1, max=60.0)
    ] = 5.0,
) -> None:
    """Stop the robot of the stack on this computer, and keep it stopped until released."""
    from specedge.nodes.topics import RESET_STOP, STOP
    from specedge.ros.choice import VARIABLE, implementations, prefer_cyclonedds
    from specedge.stack.stopping import call_trigger, first_of

    worlds = implementations()
    if len(worlds) > 1:
        # `specedge up` and `ros2 launch` may be in different worlds, and one process in one only.
        words = [sys.executable, "-m", "specedge.cli", *sys.argv[1:]]
        typer.echo(first_of([(words, {VARIABLE: world}) for world in worlds]))
        return
    prefer_cyclonedds()
    typer.echo(call_trigger(RESET_STOP if release else STOP, timeout))
