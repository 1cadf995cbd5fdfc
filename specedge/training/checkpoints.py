"""Checkpoints that say of which training they are, so that no other one goes on from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from specedge.errors import SpecedgeError


class WrongCheckpoint(SpecedgeError):
    """A checkpoint is of another training."""


def load_checkpoint(path: Path, identity: str, option: str) -> dict[str, Any]:
    """Returns what a checkpoint holds, in the CPU's memory wherever it was made.

    Args:
        path: Of the file.
        identity: Of the training that is to go on.
        option: That names another folder for checkpoints, such as ``--out``.

    Raises:
        WrongCheckpoint: it is of another training, or does not say of which.
    """
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    found = state.get("identity", "one without a name")
    if found != identity:
        raise WrongCheckpoint(
            f"{path} is of another training ({found}, not {identity}); remove it, or give another "
            f"{option} folder"
        )
    return state


def save_checkpoint(path: Path, identity: str, state: Mapping[str, Any]) -> None:
    """Saves a checkpoint in place of an earlier one, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save({"identity": identity, **state}, partial)
    partial.replace(path)
