"""Opens what decodes a replay: a verifier, one draft for all modes, and a decoder per mode."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from specedge.commands import grammar
from specedge.decoding.grammar import CommandGrammar
from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import Decoder, DecoderSettings
from specedge.edge.modes import MODES, find_mode
from specedge.emulation.child import ControlledChild
from specedge.emulation.link import LinkConditions
from specedge.emulation.relay import Relay
from specedge.emulation.shared_draft import SharedDraft
from specedge.models.tokenizer import load_tokenizer
from specedge.paths import shared
from specedge.protocol.security import robot_keys
from specedge.replay.errors import ReplayError

ALL_MODES = "all"
CONNECT_TIMEOUT = 5.0
"""Seconds that a person at a terminal waits for a verifier elsewhere."""
SILENCE = 5.0
"""Seconds of silence that count as a lost link; a replay may share its processors."""


@dataclass(frozen=True)
class Emulation:
    """Makes link and models slower than they are here, in milliseconds; 0 leaves them.

    Attributes:
        rtt_ms: Round trip of the link.
        target_ms: One pass of the target.
        draft_ms: One step of the draft.
    """

    rtt_ms: float = 0.0
    target_ms: float = 0.0
    draft_ms: float = 0.0

    def __post_init__(self) -> None:
        for name, value in self.named().items():
            if not (math.isfinite(value) and value >= 0.0):
                raise ReplayError(f"--{name}-ms {value} is not a number of milliseconds from 0 on")

    def named(self) -> dict[str, float]:
        """Returns the times by name: ``rtt``, ``target``, ``draft``."""
        return {"rtt": self.rtt_ms, "target": self.target_ms, "draft": self.draft_ms}


@dataclass(frozen=True)
class Models:
    """Which models decode, and where.

    Attributes:
        folder: With ``target`` and ``draft``; None for the nano pair.
        cloud: Endpoint of a verifier; empty to start one here.
        emulation: What is made slower.
        verifier_key: File with the public key of the verifier at ``cloud``; None for a link in the
            clear.
    """

    folder: Path | None = None
    cloud: str = ""
    emulation: Emulation = field(default_factory=Emulation)
    verifier_key: Path | None = None

    def __post_init__(self) -> None:
        if self.cloud and self.emulation.target_ms:
            raise ReplayError("--target-ms slows a verifier that runs here; leave out --cloud")
        if self.verifier_key is not None and not self.cloud:
            raise ReplayError("--verifier-key is for a verifier elsewhere; give its --cloud, too")
        if self.verifier_key is not None:
            robot_keys(self.verifier_key)

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

    The processes behind them do not end at Ctrl-C, so that a replay ends them in order.

    Raises:
        SpecedgeError: a model or the verifier does not start.
    """
    model = str(models.pair / "draft")
    commands = CommandGrammar(load_tokenizer(model), grammar())
    with contextlib.ExitStack() as stack:
        cloud = ""
        if any(find_mode(mode).needs_verifier for mode in modes):
            cloud = _verifier(models, stack)
        key = models.verifier_key
        keys = robot_keys(key) if key is not None and cloud else None
        draft = SharedDraft(model)
        stack.callback(draft.close)
        draft.set_step(models.emulation.draft_ms / 1000.0)
        decoders: dict[str, Decoder] = {}
        for mode in modes:
            settings = DecoderSettings(
                mode=mode,
                cloud=cloud,
                draft=model,
                silence=SILENCE,
                connect_timeout=CONNECT_TIMEOUT,
                keys=keys,
            )
            decoder = EdgeDecoder(settings, model, commands, draft.port)
            decoders[mode] = stack.enter_context(contextlib.closing(decoder))
        yield decoders


def _verifier(models: Models, stack: contextlib.ExitStack) -> str:
    """Returns the endpoint of the verifier, behind a slow link where that is emulated."""
    endpoint = models.cloud
    if not endpoint:
        command = [sys.executable, "-m", "specedge.emulation.verifier_child"]
        command += ["--model", str(models.pair / "target"), "--bind", "tcp://127.0.0.1:*"]
        child = stack.enter_context(ControlledChild("the verifier", command))
        child.ask({"pass_seconds": models.emulation.target_ms / 1000.0})
        endpoint = str(child.first["endpoint"])
    if models.emulation.rtt_ms:
        link = LinkConditions(round_trip=models.emulation.rtt_ms / 1000.0)
        endpoint = stack.enter_context(Relay(endpoint, link)).endpoint
    return endpoint
