"""``specedge decode``: one turn, for one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specedge.cli.pair import VerifierKey


def decode(
    image: Annotated[Path, typer.Option(help="The camera frame, a JPEG or PNG file.")],
    goal: Annotated[str, typer.Option(help="The sentence to obey.")],
    mode: Annotated[
        str | None, typer.Option(help="How the two models work together.", show_default=False)
    ] = None,
    cloud: Annotated[
        str, typer.Option(help="A verifier elsewhere, tcp://HOST:PORT; else one runs here.")
    ] = "",
    verifier_key: VerifierKey = None,
    temperature: Annotated[float, typer.Option(help="0 for the most likely text.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the noise at a temperature above 0.")] = 0,
    top_k: Annotated[int, typer.Option(help="Draw from this many tokens only; 0 for all.")] = 0,
    top_p: Annotated[
        float, typer.Option(help="Draw from the likeliest tokens that make up this share.")
    ] = 1.0,
    gamma: Annotated[
        int,
        typer.Option(help="Choices proposed at once; 0 for what the measured costs say."),
    ] = 0,
    patience: Annotated[
        float,
        typer.Option(help="Streaming: 0 for the least latency … 1 for the fewest target passes."),
    ] = 0.0,
    without: Annotated[
        str,
        typer.Option(help="Streaming: sources to leave out, of client,self,history,forced."),
    ] = "",
    models: Annotated[
        Path | None, typer.Option(help="Folder with target/ and draft/; else the nano pair.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write text and figures to this file.")
    ] = None,
) -> None:
    """Decode one command for one picture and show its tokens as they come."""
    from specedge.edge.modes import DEFAULT_MODE
    from specedge.edge.once import Request, decode_once

    request = Request(
        image,
        goal,
        mode or DEFAULT_MODE,
        cloud,
        temperature,
        seed,
        models,
        json_file,
        top_k=top_k,
        top_p=top_p,
        gamma=gamma,
        patience=patience,
        without=without,
        verifier_key=verifier_key,
    )
    decode_once(request)
