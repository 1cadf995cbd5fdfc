"""``specedge keygen``: keys with which robot and verifier know each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def keygen(
    out: Annotated[Path, typer.Option(help="Folder for the two files.")] = Path("keys"),
) -> None:
    """Make CURVE keys, with which the link to the verifier is encrypted and nobody else is let in.

    verifier.key is for the robots (--verifier-key), verifier.key_secret for the verifier alone
    (--keys). Keep both to yourself: whoever has the first may use your verifier.
    """
    from specedge.protocol.security import make_keys

    public, secret = make_keys(out)
    typer.echo(f"specedge verifier --keys {secret}")
    typer.echo(f"specedge up --cloud tcp://HOST:5555 --verifier-key {public}")
