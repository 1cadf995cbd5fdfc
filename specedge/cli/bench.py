"""``specedge bench``: measurements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Measure.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure."""


@app.command("robot")
def robot(
    episodes: Annotated[int, typer.Option(help="Rooms, one goal each.", min=1)] = 20,
    mode: Annotated[
        str, typer.Option(help="edge: the draft's commands; any other mode: the target's.")
    ] = "cloud",
    seed: Annotated[int, typer.Option(help="Of the first room.", min=0)] = 1,
    models: Annotated[
        Path | None, typer.Option(help="Folder with target/ and draft/; else the nano pair.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Where the figures are written.")
    ] = None,
) -> None:
    """Drive closed-loop episodes in the simulator, in simulated time."""
    import torch

    from specedge.bench.robot import ModelPolicy, summary
    from specedge.bench.robot import episodes as run
    from specedge.decoding.modes import find_mode
    from specedge.paths import shared

    name = "target" if find_mode(mode).needs_verifier else "draft"
    torch.set_num_threads(1)
    reports = []
    with ModelPolicy((models or shared("models", "nano")) / name) as policy:
        for report in run(policy, seed, episodes):
            reports.append(report)
            came = report.episode
            typer.echo(
                f"{report.seed:5d}  {came.goal:14s} {'reached' if came.success else 'missed ':8s}"
                f" {came.turns:3d} turns, {came.collisions} collisions"
                + ("" if came.success else f"; ended at {came.reached or 'nothing'}")
            )
    figures = summary(reports)
    typer.echo(
        f"success {figures['success']:.2f}, SPL {figures['spl']:.2f}, "
        f"{figures['collisions']} collisions in {figures['episodes']} episodes"
    )
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n")
