"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

VerifierKey = Annotated[
    Path | None,
    typer.Option(
        help="The verifier.key of specedge keygen, for a --cloud that was started with --keys.",
        show_default=False,
    ),
]
Device = Annotated[str, typer.Option(help="Where the model computes: cpu, cuda, cuda:1.")]
Dtype = Annotated[
    str,
    typer.Option(
        help="float32, bfloat16, float16; auto is float32 on a CPU, bfloat16 on a GPU that has it."
    ),
]
Quantise = Annotated[
    int,
    typer.Option(
        help="Load weights in 4 bits, or 8 on a GPU (with bitsandbytes and accelerate); 0: not."
    ),
]
Data = Annotated[
    list[Path] | None,
    typer.Option(
        help="A bag, a run folder, or a folder with samples.jsonl; give it several times for more.",
        show_default=False,
    ),
]
Work = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the target's answers and of checkpoints, which a second call goes on "
        "from; else data/pairs/ and the target's name.",
        show_default=False,
    ),
]
Every = Annotated[
    float, typer.Option(help="Seconds between samples of a bag with goals but no commands.")
]
Epochs = Annotated[int, typer.Option(help="Times that each answer is seen.")]
Accumulate = Annotated[int, typer.Option(help="Answers whose gradients make one step.")]
Precision = Annotated[
    str,
    typer.Option(help="Of the passes: float32, bfloat16; auto is bfloat16 on a GPU that has it."),
]


def work_folder(work: Path | None, target: str) -> Path:
    """Returns where a pair's training keeps what a second call goes on from."""
    return work or Path("data", "pairs", Path(target).name)


def nano_target(model: str) -> Path:
    """Returns the folder of the target that is trained on the simulator's frames.

    Raises:
        BadParameter: it is no folder of a model.
    """
    if not Path(model, "config.json").is_file():
        raise typer.BadParameter(
            f"{model} is no model folder; make the nano target with `specedge train target`, or "
            "give --data to train with another model"
        )
    return Path(model)


def numbers(text: str) -> tuple[int, ...]:
    """Reads numbers with commas between them; none from an empty text.

    Raises:
        BadParameter: it is something else.
    """
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: give numbers such as 6,13,20") from error
