"""``specedge bench verifier``: throughput with many robots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from specedge.bench.verifier.measure import Load

MOST_ROBOTS = 64


def verifier(
    robots: Annotated[
        int,
        typer.Option(
            help="Robots at most; 1, 2, 4 and so on are measured, too.", min=1, max=MOST_ROBOTS
        ),
    ] = 8,
    frames: Annotated[int, typer.Option(help="Commands of each robot.", min=1, max=10_000)] = 12,
    seed: Annotated[int, typer.Option(help="Of the first room.", min=0)] = 0,
    models: Annotated[
        Path | None, typer.Option(help="Folder with target/ and draft/; else the nano pair.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Where the figures are written.")
    ] = None,
) -> None:
    """Have many robots ask one verifier on this machine for commands, each as fast as it can.

    cloud: the target alone. streaming: with what the verifier drafts by itself; the draft models,
    which run on the robots, are left out.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from specedge.bench.verifier.run import run
    from specedge.outputs import require_writable

    require_writable("--json", json_file)
    errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=errors, transient=True, disable=not errors.is_terminal
    ) as progress:
        task = progress.add_task("commands", total=None)
        loads = run(
            robots,
            frames,
            seed,
            models,
            begun=lambda total: progress.update(task, total=total),
            on_turn=lambda: progress.advance(task),
        )
    Console().print(_table(loads))
    if json_file is not None:
        content = {"frames": frames, "rows": _rows(loads)}
        json_file.write_text(json.dumps(content, indent=2) + "\n")


def _rows(loads: Sequence[Load]) -> list[dict[str, Any]]:
    alone = {load.mode: load for load in loads if load.robots == 1}
    return [
        {
            "mode": load.mode,
            "robots": load.robots,
            "commands_per_s": load.throughput,
            "throughput_vs_one": load.throughput / alone[load.mode].throughput,
            "latency_ms": {"p50": 1000 * load.median, "p90": 1000 * load.slow},
            "latency_vs_one": load.median / alone[load.mode].median,
            "identical_to_cloud": load.identical,
        }
        for load in loads
    ]


def _table(loads: Sequence[Load]) -> Table:
    from rich.table import Table

    table = Table("mode", title="one verifier, many robots", title_justify="left")
    for column in ("robots", "commands/s", "to one", "p50 ms", "p90 ms", "to one", "exact"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in _rows(loads):
        table.add_row(
            row["mode"],
            str(row["robots"]),
            f"{row['commands_per_s']:.1f}",
            f"{row['throughput_vs_one']:.2f}",
            f"{row['latency_ms']['p50']:.0f}",
            f"{row['latency_ms']['p90']:.0f}",
            f"{row['latency_vs_one']:.2f}",
            "yes" if row["identical_to_cloud"] else "NO",
        )
    return table
