"""The processes of a measurement: a verifier, a draft, and the link between them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from specedge.bench.decode.contenders import Contender
from specedge.bench.decode.options import BenchOptions
from specedge.bench.decode.points import Point
from specedge.commands import grammar
from specedge.decoding.grammar import CommandGrammar
from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import DecoderSettings
from specedge.emulation.child import ControlledChild
from specedge.emulation.link import LinkConditions
from specedge.emulation.netem import NetemLink
from specedge.emulation.relay import Relay
from specedge.emulation.shared_draft import SharedDraft
from specedge.models.tokenizer import load_tokenizer

READY_TIMEOUT = 60.0
"""Seconds within which a session must be open."""
HEARTBEAT = 0.25
"""Seconds between pings: of many decoders, all but one wait, and should not disturb that one."""
SILENCE = 30.0
"""Seconds of silence that count as a lost link. Links are slow here on purpose, and the machine is
busy; none of it is to end a measurement."""


@dataclass(frozen=True)
class Lateness:
    """How well the steps of one model kept the time that they were stretched to.

    Attributes:
        steps: Passes of the target, or steps of the draft.
        late: How many of them are overruns; see `Stretch`.
        excess: What they took beyond what was asked, in the mean, as a share of that.
    """

    steps: int
    late: int
    excess: float

    @property
    def share(self) -> float:
        """Share of the steps that were late."""
        return self.late / self.steps if self.steps else 0.0


class Stage:
    """One verifier, one draft and one link, for all modes and points.

    Args:
        target, draft: Folders or Hugging Face names.
        options: What is measured.

    Raises:
        ChildFailed: a process does not start.
        NetemUnavailable: ``--netem`` where it cannot be.
    """

    def __init__(self, target: str, draft: str, options: BenchOptions) -> None:
        self._options = options
        self._draft_name = draft
        self._grammar = CommandGrammar(load_tokenizer(draft), grammar())
        with contextlib.ExitStack() as stack:
            self._netem = stack.enter_context(NetemLink()) if options.netem else None
            prefix = self._netem.prefix if self._netem is not None else []
            host = self._netem.host if self._netem is not None else "127.0.0.1"
            command = [*prefix, sys.executable, "-m", "specedge.emulation.verifier_child"]
            command += ["--model", target, "--bind", f"tcp://{host}:*"]
            self._verifier = stack.enter_context(ControlledChild("the verifier", command))
            self._near = str(self._verifier.first["endpoint"])
            self._relay = None
            if self._netem is None and options.points() != [None]:
                self._relay = stack.enter_context(Relay(self._near))
            self._draft = SharedDraft(draft)
            stack.callback(self._draft.close)
            self._closing = stack.pop_all()

    def go_to(self, point: Point | None, scale: float) -> None:
        """Makes link and models as slow as a point asks, times ``scale``."""
        if point is None:
            target = step = round_trip = 0.0
        else:
            times = (point.target_ms, point.draft_ms, point.round_trip_ms)
            target, step, round_trip = (scale * time / 1000.0 for time in times)
        self._verifier.ask({"pass_seconds": target})
        self._draft.set_step(step)
        link = self._relay or self._netem
        if link is not None:
            link.set(LinkConditions(round_trip=round_trip))

    def lateness(self) -> tuple[Lateness, Lateness]:
        """Returns how well target and draft have kept the point's times so far."""
        reports: list[dict[str, Any]] = [self._verifier.ask({}), self._draft.report()]
        target, draft = (Lateness(r["passes"], r["overruns"], r["excess"]) for r in reports)
        return target, draft

    def spoil(self, keep: float, references: Mapping[str, Sequence[int]]) -> None:
        """Spoils what the draft has right; see `SpoiledService`."""
        self._draft.spoil(keep, references)

    def decoder(self, contender: Contender) -> EdgeDecoder:
        """Opens a decoder of its own, as fresh as that of a robot that has just been switched on.

        Raises:
            VerifierLost, VerifierRefused, DraftLost: as `EdgeDecoder.wait_ready` does.
        """
        settings = DecoderSettings(
            mode=contender.mode,
            cloud=self._near if self._relay is None else self._relay.endpoint,
            draft=self._draft_name,
            gamma=self._options.gamma,
            sources=contender.sources,
            patience=self._options.patience,
            heartbeat=HEARTBEAT,
            silence=SILENCE,
            connect_timeout=READY_TIMEOUT,
            answer_timeout=READY_TIMEOUT,
        )
        decoder = EdgeDecoder(settings, self._draft_name, self._grammar, self._draft.port)
        try:
            decoder.wait_ready(READY_TIMEOUT)
        except BaseException:
            decoder.close()
            raise
        return decoder

    def close(self) -> None:
        """Ends all processes."""
        self._closing.close()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
