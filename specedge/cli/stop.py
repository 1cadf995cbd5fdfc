"""``specedge stop``: the emergency stop for those who have no ROS 2."""

from __future__ import annotations

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
    from specedge.ros.choice import prefer_cyclonedds
    from specedge.stack.stopping import call_trigger

    prefer_cyclonedds()
    typer.echo(call_trigger(RESET_STOP if release else STOP, timeout))
