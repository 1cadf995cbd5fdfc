"""Opens what decodes a replay: one decoder per mode, and a verifier where none is named."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from specedge.decoding.modes import MODES, find_mode
from specedge.edge.client import open_decoder
from specedge.edge.decoder import Decoder, DecoderSettings
from specedge.edge.local_verifier import LocalVerifier
from specedge.paths import shared

ALL_MODES = "all"
CONNECT_TIMEOUT = 5.0
"""Seconds that a person at a terminal waits for a verifier elsewhere."""


@dataclass(frozen=True)
class Models:
    """Which models decode, and where.

    Attributes:
        folder: With ``target`` and ``draft``; None for the nano pair.
        cloud: Endpoint of a verifier; empty to start one here.
    """

    folder: Path | None = None
    cloud: str = ""

    @property
    def pair(self) -> Path:
        """The folder that is meant."""
        return self.folder or shared("models", "nano")


def parse_modes(text: str) -> tuple[str, ...]:
    """Reads modes separated by commas, or ``all``.

    Raises:
        UnknownMode: one of them is none.
    """
    if text.strip() == ALL_MODES:
        return tuple(MODES)
    names = [name.strip() for name in text.split(",")]
    return tuple(dict.fromkeys(find_mode(name).name for name in names))


@contextmanager
def open_decoders(modes: tuple[str, ...], models: Models) -> Iterator[Mapping[str, Decoder]]:
    """Opens one decoder per mode for the length of the block.

    Raises:
        SpecedgeError: a model or the verifier does not start.
    """
    with contextlib.ExitStack() as stack:
        cloud = models.cloud
        if not cloud and any(find_mode(mode).needs_verifier for mode in modes):
            cloud = stack.enter_context(LocalVerifier(models.pair / "target")).endpoint
        decoders: dict[str, Decoder] = {}
        for mode in modes:
            settings = DecoderSettings(
                mode=mode,
                cloud=cloud,
                draft=str(models.pair / "draft"),
                connect_timeout=CONNECT_TIMEOUT,
            )
            decoders[mode] = stack.enter_context(contextlib.closing(open_decoder(settings)))
        yield decoders
