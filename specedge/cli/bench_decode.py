"""``specedge bench decode``: the ways to decode side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specedge.errors import SpecedgeError

AUTO = "auto"


class BadNumber(SpecedgeError):
    """An option that is a number or ``auto`` is neither."""


def decode(
    regime: Annotated[
        str,
        typer.Option(
            help="native: this machine as it is. Emulated: paper-go2, a100-lte, h200-wifi, "
            "loaded-cloud."
        ),
    ] = "native",
    grid: Annotated[
        bool, typer.Option("--grid", help="All of 5 round trips and 5 times of a target pass.")
    ] = False,
    modes: Annotated[
        str, typer.Option(help="To be compared, separated by commas; cloud is always measured.")
    ] = "cloud,speculative,preemptive,streaming",
    frames: Annotated[
        int | None, typer.Option(help="Frames at each point; by default 24, on a grid 8.")
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(help="Spoil drafts until a drafted token is right with this probability."),
    ] = None,
    without: Annotated[
        str,
        typer.Option(help="Of client, self, history, forced: what streaming has to do without."),
    ] = "",
    ablation: Annotated[
        bool,
        typer.Option("--ablation", help="Streaming with each source alone, and without each."),
    ] = False,
    time_scale: Annotated[
        str,
        typer.Option(help="Multiplies every emulated time; auto: as fast as this machine can."),
    ] = AUTO,
    temperature: Annotated[float, typer.Option(help="0 for the most likely text.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of rooms, noise and spoiling.")] = 0,
    gamma: Annotated[
        str | None,
        typer.Option(
            help="Choices to draft for one verification; auto: by measured costs, the default but "
            "for paper-go2, where it is the paper's 4.",
            show_default=False,
        ),
    ] = None,
    patience: Annotated[
        float, typer.Option(help="Streaming: 0 for the least latency, 1 for the fewest passes.")
    ] = 0.0,
    models: Annotated[
        Path | None, typer.Option(help="Folder with target/ and draft/; else the nano pair.")
    ] = None,
    bag: Annotated[
        Path | None, typer.Option(help="Take frames from a bag instead of the simulator.")
    ] = None,
    goal: Annotated[str, typer.Option(help="The sentence for a bag that has none.")] = "",
    netem: Annotated[
        bool, typer.Option("--netem", help="A link made by the kernel, for root.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Where the figures are written.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Where a picture is drawn.")] = None,
    timeline: Annotated[
        Path | None, typer.Option(help="Folder for a picture of one command per mode.")
    ] = None,
) -> None:
    """Decode the same frames in all modes and show what each costs."""
    from specedge.bench.decode.options import FRAMES, GRID_FRAMES, BenchOptions
    from specedge.bench.decode.points import GAMMAS
    from specedge.edge.settings import parse_sources

    default_gamma = AUTO if grid else str(GAMMAS.get(regime, AUTO))
    options = BenchOptions(
        regime=regime,
        grid=grid,
        modes=_names(modes),
        frames=frames if frames is not None else GRID_FRAMES if grid else FRAMES,
        alpha=alpha,
        without=parse_sources(without),
        ablation=ablation,
        time_scale=_number("--time-scale", time_scale),
        temperature=temperature,
        seed=seed,
        gamma=_whole("--gamma", gamma or default_gamma),
        patience=patience,
        models=models,
        bag=bag,
        goal=goal,
        netem=netem,
        json_file=json_file,
        plot=plot,
        timeline=timeline,
    )
    from rich.console import Console

    from specedge.bench.decode.bench import run
    from specedge.bench.decode.table import show

    content = run(options, Console(stderr=True))
    show(Console(), content, options)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _number(option: str, text: str) -> float:
    if text == AUTO:
        return 0.0
    try:
        number = float(text)
    except ValueError:
        raise BadNumber(f"{option} {text!r} is neither a number nor auto") from None
    if number == 0.0:
        raise BadNumber(f"{option} 0 is no number to work with; give auto or more than 0")
    return number


def _whole(option: str, text: str) -> int:
    number = _number(option, text)
    if not number.is_integer():
        raise BadNumber(f"{option} {text} is not a whole number")
    return int(number)
