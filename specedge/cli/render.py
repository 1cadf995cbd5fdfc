"""``specedge render``: a run to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def render(
    run: Annotated[Path, typer.Argument(help="A run folder, or any bag with a camera.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the files; else the run folder, or one beside the bag."),
    ] = None,
    rate: Annotated[float, typer.Option(help="Pictures per second of the video.")] = 10.0,
    width: Annotated[int, typer.Option(help="Width of the video in pixels.")] = 960,
    image_topic: Annotated[
        str, typer.Option(help="The camera; found by its type when there is one.")
    ] = "",
) -> None:
    """Make a video and pictures of a run.

    video.mp4 shows the camera with goal, tokens and action drawn in, path.png the path, speed.png
    speed and latency over time. Prints the files that were made.
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from specedge.render.run import render_run
    from specedge.render.video import VideoSettings

    settings = VideoSettings(rate, width, image_topic)
    told = "[progress.description]{task.description}"
    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn(told),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as shown:
        task = shown.add_task("reading the bag", total=None)
        rendered = render_run(
            run,
            out,
            settings,
            lambda at: shown.update(task, description=f"video: {at:.0f} s of the bag"),
        )
    for note in rendered.notes:
        typer.echo(f"specedge: {note}", err=True)
    for file in rendered.files:
        typer.echo(file)
