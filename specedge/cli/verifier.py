"""``specedge verifier``: the cloud side alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specedge.cli.pair import Device, Dtype, Quantise
from specedge.protocol.endpoint import DEFAULT_ENDPOINT


def verifier(
    model: Annotated[
        str, typer.Option(help="Target model: a folder or a Hugging Face name; else the nano one.")
    ] = "",
    bind: Annotated[str, typer.Option(help="Where to listen.")] = DEFAULT_ENDPOINT,
    threads: Annotated[
        int, typer.Option(help="CPU threads of the model; one is fastest for the nano pair.")
    ] = 1,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    quantise: Quantise = 0,
    exits: Annotated[
        str, typer.Option(help="Folder of the target's exits; else that of the target.")
    ] = "",
    keys: Annotated[
        Path | None,
        typer.Option(help="The verifier.key_secret of specedge keygen; else a link in the clear."),
    ] = None,
) -> int:
    """Verify drafts for robots with the target model and its early exits, until interrupted."""
    from specedge.protocol.security import verifier_keys
    from specedge.verifier.process import VerifierSettings, run

    return run(
        VerifierSettings(
            model,
            bind,
            threads,
            device,
            verifier_keys(keys) if keys is not None else None,
            dtype,
            quantise,
            exits,
        )
    )
