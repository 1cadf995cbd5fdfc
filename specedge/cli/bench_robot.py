"""``specedge bench robot``: closed-loop episodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from specedge.errors import SpecedgeError

if TYPE_CHECKING:
    from rich.table import Table

    from specedge.bench.robot.driver import EpisodeReport
    from specedge.bench.robot.figures import Figures
    from specedge.training.goals import GoalKind

EVERY_KIND = "reach,two-step,absent,order"


class UnknownKind(SpecedgeError):
    """A kind of goal that there is not."""


def robot(
    episodes: Annotated[int, typer.Option(help="Rooms, one goal and wording each.", min=1)] = 20,
    mode: Annotated[
        str,
        typer.Option(
            help="edge: the draft's commands; any other mode: the target's. Those all decode the "
            "same text, so it is decoded here without link or stack."
        ),
    ] = "cloud",
    kinds: Annotated[
        str, typer.Option(help=f"Kinds of goals, in turn, of {EVERY_KIND}.")
    ] = EVERY_KIND,
    seed: Annotated[
        int, typer.Option(help="Of the first room; training has others.", min=0, max=800_000)
    ] = 1,
    processes: Annotated[
        int, typer.Option(help="Episodes at a time; the figures are the same.", min=1)
    ] = 2,
    models: Annotated[
        Path | None, typer.Option(help="Folder with target/ and draft/; else the nano pair.")
    ] = None,
    expert: Annotated[
        bool, typer.Option("--expert", help="Drive by the expert that the models learn from.")
    ] = False,
    clearance: Annotated[
        float | None,
        typer.Option(
            help="Distance to keep from what the lidar sees, m; 0 to drive without it. By default "
            "that of the motion controller.",
            min=0,
            max=0.5,
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Where the figures are written.")
    ] = None,
) -> None:
    """Drive closed-loop episodes in the simulator, in rooms and wordings that are not trained on.

    Time is simulated, and deciding takes none of it, so a slow machine changes nothing. reach: the
    robot says done within 0.8 m of the named object, facing it, within 60 s. two-step: two of them
    in order, within 120 s. absent: a full look around, then "cannot: not found". order: the motion
    asked for, within 0.15 m and 10 degrees.
    """
    from rich.console import Console
    from rich.progress import track

    from specedge.bench.robot.driver import draw_goals
    from specedge.bench.robot.figures import as_json
    from specedge.bench.robot.workers import run_episodes
    from specedge.edge.modes import find_mode
    from specedge.motion.clearance import MARGIN
    from specedge.outputs import require_writable
    from specedge.paths import shared

    require_writable("--json", json_file)
    name = "target" if find_mode(mode).needs_verifier else "draft"
    folder = None if expert else (models or shared("models", "nano")) / name
    goals = list(draw_goals(seed, episodes, find_kinds(kinds)))
    console = Console()
    reports: list[EpisodeReport] = []
    margin = MARGIN if clearance is None else clearance
    running = run_episodes(goals, folder, min(processes, episodes), margin)
    for report in track(running, "driving", total=episodes, console=console, transient=True):
        reports.append(report)
        console.print(_line(report), highlight=False, markup=False, soft_wrap=True)
    reports.sort(key=lambda report: report.goal.seed)
    console.print(_table(reports))
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(reports), indent=2) + "\n")


def find_kinds(text: str) -> list[GoalKind]:
    """Returns the kinds of goals that a list with commas names.

    Raises:
        UnknownKind: it names another, or none.
    """
    from specedge.training.goals import GoalKind

    try:
        return [GoalKind(name.strip()) for name in text.split(",")]
    except ValueError as error:
        raise UnknownKind(f"--kinds {text}: give some of {EVERY_KIND}") from error


def _line(report: EpisodeReport) -> str:
    goal, episode = report.goal, report.episode
    ended = "as asked" if report.failure is None else report.failure.value
    at = f", at the {episode.reached}" if report.failure and episode.reached else ""
    return (
        f"{goal.seed:6d}  {goal.kind.value:8s}  {goal!s:32s}  {ended}{at}; "
        f"{episode.turns} turns, {episode.duration:.0f} s, {episode.collisions} collisions"
    )


def _table(reports: Sequence[EpisodeReport]) -> Table:
    from rich.table import Table

    from specedge.bench.robot.figures import by_kind, figures

    table = Table("goals", title="closed loop, in simulated time", title_justify="left")
    for column in ("episodes", "success", "SPL", "collisions", "turns", "right object"):
        table.add_column(column, justify="right", no_wrap=column != "right object")
    table.add_column("why it failed")
    for kind, of_kind in by_kind(reports).items():
        table.add_row(kind.value, *_cells(of_kind))
    table.add_section()
    table.add_row("all", *_cells(figures(reports)))
    return table


def _cells(of_some: Figures) -> tuple[str, ...]:
    failures = ", ".join(f"{count} {reason}" for reason, count in of_some.failures.items())
    return (
        str(of_some.episodes),
        f"{of_some.success:.2f}",
        _share(of_some.spl),
        str(of_some.collisions),
        f"{of_some.turns:.1f}",
        _share(of_some.right_object),
        failures,
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
