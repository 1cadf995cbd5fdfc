"""``specedge train``: the nano pair from the simulator's frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Make the nano pair: frames, target, exits, draft.", no_args_is_help=True)

FramesFolder = Annotated[Path, typer.Option(help="Folder of frames to train on.")]
HeldOut = Annotated[Path, typer.Option(help="Folder of frames of rooms that are not trained on.")]
Seed = Annotated[int, typer.Option(help="Of weights and questions.")]
Minutes = Annotated[float, typer.Option(help="Wall-clock time of learning to say commands.")]
BindingMinutes = Annotated[
    float, typer.Option(help="Wall-clock time of learning which name is where.")
]


@app.command("data")
def data(
    out: Annotated[Path, typer.Option(help="Where frames/ and held_out/ are made.")] = Path("data"),
    rooms: Annotated[int, typer.Option(help="Rooms to train on, 8 frames each.", min=1)] = 4000,
    held_out_rooms: Annotated[int, typer.Option(help="Rooms to measure on.", min=1)] = 100,
    processes: Annotated[int, typer.Option(help="Processes that render.", min=1)] = 2,
) -> None:
    """Render rooms with what an expert says of them; goes on where it was interrupted."""
    from specedge.training.frames import FIRST_HELD_OUT_ROOM, FIRST_TRAINING_ROOM, make_frames

    make_frames(out / "held_out", held_out_rooms, FIRST_HELD_OUT_ROOM, processes, size=50)
    make_frames(out / "frames", rooms, FIRST_TRAINING_ROOM, processes, size=125)


@app.command("target")
def target(
    frames: FramesFolder = Path("data/frames"),
    held_out: HeldOut = Path("data/held_out"),
    out: Annotated[Path, typer.Option(help="Folder for the model.")] = Path("data/nano/target"),
    binding_minutes: BindingMinutes = 30.0,
    minutes: Minutes = 60.0,
    seed: Seed = 0,
) -> None:
    """Train the target; goes on where it was interrupted."""
    from specedge.training.recipe import train_target

    train_target(frames, held_out, out, binding_minutes=binding_minutes, minutes=minutes, seed=seed)


@app.command("exits")
def exits(
    frames: FramesFolder = Path("data/frames"),
    held_out: HeldOut = Path("data/held_out"),
    model: Annotated[Path, typer.Option(help="The target's folder.")] = Path("data/nano/target"),
    minutes: Annotated[float, typer.Option(help="Wall-clock time.")] = 5.0,
    seed: Seed = 0,
) -> None:
    """Train early exits on a finished target, and save them beside it."""
    from specedge.training.recipe import train_target_exits

    train_target_exits(frames, held_out, model, minutes=minutes, seed=seed)


@app.command("draft")
def draft(
    frames: FramesFolder = Path("data/frames"),
    held_out: HeldOut = Path("data/held_out"),
    model: Annotated[Path, typer.Option(help="The target's folder.")] = Path("data/nano/target"),
    out: Annotated[Path, typer.Option(help="Folder for the draft.")] = Path("data/nano/draft"),
    binding_minutes: BindingMinutes = 10.0,
    minutes: Minutes = 20.0,
    seed: Seed = 0,
) -> None:
    """Train a draft that imitates a finished target; goes on where it was interrupted."""
    from specedge.training.recipe import train_draft

    train_draft(
        frames, held_out, model, out, binding_minutes=binding_minutes, minutes=minutes, seed=seed
    )
