"""``specedge train``: the nano pair from the simulator's frames, or any pair from bags."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specedge.cli.combining import refuse
from specedge.cli.pair import (
    Accumulate,
    Data,
    Device,
    Dtype,
    Epochs,
    Every,
    Precision,
    Quantise,
    Work,
    nano_target,
    numbers,
    work_folder,
)

app = typer.Typer(
    help="Make the nano pair from the simulator, or exits and a draft for any pair from bags.",
    no_args_is_help=True,
)

FramesFolder = Annotated[Path, typer.Option(help="Folder of frames to train on.")]
HeldOut = Annotated[Path, typer.Option(help="Folder of frames of rooms that are not trained on.")]
Seed = Annotated[int, typer.Option(help="Of weights and questions.", min=0)]
Minutes = Annotated[float, typer.Option(help="Wall-clock time of learning to say commands.", min=0)]
BindingMinutes = Annotated[
    float, typer.Option(help="Wall-clock time of learning which name is where.", min=0)
]

First = Annotated[
    int,
    typer.Option(
        help="Number of the first room to train on, from 0 on; other rooms give fresh frames.",
        min=0,
        max=500_000,
    ),
]

OF_PAIRS = (
    "epochs",
    "accumulate",
    "rate",
    "precision",
    "work",
    "every",
    "device",
    "dtype",
    "quantise",
)
WITHOUT_DATA = (
    "without --data the nano models learn from the simulator's frames, on the CPU and by a recipe "
    "of their own; give --data to train another model"
)
WITH_DATA = "with --data a model learns from bags, and for epochs rather than minutes"


@app.command("data")
def data(
    out: Annotated[Path, typer.Option(help="Where frames/ and held_out/ are made.")] = Path("data"),
    rooms: Annotated[
        int, typer.Option(help="Rooms to train on, 8 frames each.", min=1, max=500_000)
    ] = 4000,
    first: First = 0,
    held_out_rooms: Annotated[
        int, typer.Option(help="Rooms to measure on.", min=1, max=100_000)
    ] = 100,
    processes: Annotated[int, typer.Option(help="Processes that render.", min=1)] = 2,
) -> None:
    """Render rooms with what an expert says of them; goes on where it was interrupted."""
    from specedge.training.frames import FIRST_HELD_OUT_ROOM, FIRST_TRAINING_ROOM, make_frames

    unseen = range(FIRST_HELD_OUT_ROOM, FIRST_HELD_OUT_ROOM + held_out_rooms)
    make_frames(out / "held_out", unseen, processes, size=50)
    start = FIRST_TRAINING_ROOM + first
    make_frames(out / "frames", range(start, start + rooms), processes, size=125)


@app.command("drive")
def drive(
    model: Annotated[
        Path, typer.Option(help="Folder of the model that drives, such as an earlier target.")
    ],
    frames: Annotated[Path, typer.Option(help="Folder of frames to add to.")] = Path("data/frames"),
    rooms: Annotated[int, typer.Option(help="Rooms, one goal in each.", min=1)] = 1000,
    first: First = 0,
    processes: Annotated[int, typer.Option(help="Processes that drive.", min=1)] = 2,
) -> None:
    """Add frames of a model's own driving, with what the expert says there; resumable."""
    from specedge.training.driven import drive_frames

    drive_frames(model, frames, range(first, first + rooms), processes)


@app.command("target")
def target(
    frames: FramesFolder = Path("data/frames"),
    held_out: HeldOut = Path("data/held_out"),
    out: Annotated[Path, typer.Option(help="Folder for the model.")] = Path("data/nano/target"),
    start: Annotated[
        Path | None,
        typer.Option("--from", help="A saved target to start from.", show_default=False),
    ] = None,
    looking_minutes: Annotated[
        float,
        typer.Option(help="Wall-clock time of learning what each cell of a frame shows.", min=0),
    ] = 20.0,
    binding_minutes: BindingMinutes = 30.0,
    minutes: Minutes = 60.0,
    depth_minutes: Annotated[
        float,
        typer.Option(help="Wall-clock time of learning with all layers, at the end.", min=0),
    ] = 15.0,
    seed: Seed = 0,
) -> None:
    """Train the target; goes on where it was interrupted."""
    from specedge.training.recipe import TargetMinutes, train_target

    times = TargetMinutes(looking_minutes, binding_minutes, minutes, depth_minutes)
    train_target(frames, held_out, out, minutes=times, seed=seed, start=start)


@app.command("exits")
def exits(
    context: typer.Context,
    model: Annotated[
        str, typer.Option("--model", "--target", help="The target: a folder or Hugging Face name.")
    ] = "data/nano/target",
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the exits; else that of the target.", show_default=False),
    ] = None,
    layers: Annotated[
        str,
        typer.Option(
            help="Decoder layers to read, such as 6,13,20; else at 1/4, 1/2 and 3/4 of the depth.",
            show_default=False,
        ),
    ] = "",
    rank: Annotated[int, typer.Option(help="Of the adapters.", min=1)] = 32,
    ahead: Annotated[
        bool, typer.Option(help="Train the head that drafts in the verifier too, after the exits.")
    ] = True,
    epochs: Epochs = 3,
    accumulate: Accumulate = 8,
    rate: Annotated[float, typer.Option(help="Learning rate.")] = 2e-3,
    precision: Precision = "auto",
    work: Work = None,
    every: Every = 1.0,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    quantise: Quantise = 0,
    frames: FramesFolder = Path("data/frames"),
    held_out: HeldOut = Path("data/held_out"),
    minutes: Annotated[float, typer.Option(help="Wall-clock time, without --data.", min=0)] = 5.0,
    seed: Seed = 0,
) -> None:
    """Train exits and drafting head on a frozen target, calibrate them, and save them beside it.

    With --data any target learns from bags; without, the nano target from frames of the simulator.
    """
    if not data:
        refuse(context, ("out", "layers", "rank", *OF_PAIRS), WITHOUT_DATA)
        from specedge.training.recipe import train_target_exits

        folder = nano_target(model)
        train_target_exits(frames, held_out, folder, minutes=minutes, seed=seed, ahead=ahead)
        return
    refuse(context, ("frames", "held_out", "minutes"), WITH_DATA)
    from specedge.models.placement import Placement
    from specedge.training.pairs.loop import Schedule
    from specedge.training.pairs.recipe import PairData, train_pair_exits

    train_pair_exits(
        model,
        PairData(tuple(data), work_folder(work, model), every),
        out,
        Placement(device, dtype, quantise),
        Schedule(epochs, accumulate, rate, precision=precision, seed=seed),
        layers=numbers(layers),
        rank=rank,
        ahead=ahead,
    )


@app.command("draft")
def draft(
    context: typer.Context,
    target: Annotated[
        str, typer.Option("--target", "--model", help="The target: a folder or Hugging Face name.")
    ] = "data/nano/target",
    learner: Annotated[
        str,
        typer.Option(
            "--draft",
            help="The model to distil into: a folder or Hugging Face name. "
            "Without --data, a nano draft to start from rather than from random weights.",
            show_default=False,
        ),
    ] = "",
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the draft; else data/nano/draft.", show_default=False),
    ] = None,
    epochs: Epochs = 3,
    accumulate: Accumulate = 8,
    rate: Annotated[float, typer.Option(help="Learning rate.")] = 2e-5,
    save_memory: Annotated[
        bool,
        typer.Option(
            "--save-memory",
            help="Leave the vision tower as it is, and compute activations twice.",
        ),
    ] = False,
    precision: Precision = "auto",
    work: Work = None,
    every: Every = 1.0,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    quantise: Quantise = 0,
    frames: FramesFolder = Path("data/frames"),
    held_out: HeldOut = Path("data/held_out"),
    binding_minutes: BindingMinutes = 10.0,
    minutes: Minutes = 20.0,
    seed: Seed = 0,
) -> None:
    """Train a draft that imitates a finished target; goes on where it was interrupted.

    With --data any draft learns from bags; without, the nano draft from frames of the simulator.
    """
    if not data:
        refuse(context, ("save_memory", *OF_PAIRS), WITHOUT_DATA)
        from specedge.training.recipe import train_draft

        train_draft(
            frames,
            held_out,
            nano_target(target),
            out or Path("data/nano/draft"),
            binding_minutes=binding_minutes,
            minutes=minutes,
            seed=seed,
            start=Path(learner) if learner else None,
        )
        return
    refuse(context, ("frames", "held_out", "binding_minutes", "minutes"), WITH_DATA)
    if not learner:
        raise typer.BadParameter("with --data, name the model to distil into: --draft MODEL")
    if out is None:
        raise typer.BadParameter("with --data, say where the draft is saved: --out FOLDER")
    from specedge.models.placement import Placement
    from specedge.training.pairs.loop import Schedule
    from specedge.training.pairs.recipe import PairData, train_pair_draft

    train_pair_draft(
        target,
        learner,
        PairData(tuple(data), work_folder(work, target), every),
        out,
        Placement(device, dtype, quantise),
        Schedule(epochs, accumulate, rate, precision=precision, seed=seed),
        save_memory=save_memory,
    )
