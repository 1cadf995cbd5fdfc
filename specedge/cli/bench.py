"""``specedge bench``: measurements."""

from __future__ import annotations

import typer

from specedge.cli import bench_decode, bench_robot, bench_verifier

app = typer.Typer(help="Measure.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure."""


app.command("decode")(bench_decode.decode)
app.command("robot")(bench_robot.robot)
app.command("verifier")(bench_verifier.verifier)
