"""The verifier as a process: loads, binds, says that it is ready, serves until told to end."""

from __future__ import annotations

import queue
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specedge import signals
from specedge.commands import grammar
from specedge.decoding.grammar import CommandGrammar
from specedge.errors import SpecedgeError
from specedge.models.placement import Placement
from specedge.models.tokenizer import locate
from specedge.paths import shared
from specedge.protocol.binding import require_free
from specedge.protocol.endpoint import DEFAULT_ENDPOINT, require_endpoint
from specedge.protocol.security import CurveKeys
from specedge.verifier import READY

if TYPE_CHECKING:
    from specedge.decoding.self_draft import SelfDraft
    from specedge.decoding.target import TargetEngine


class BadVerifierSettings(SpecedgeError):
    """A verifier was told something that it cannot do."""


class VerifierDied(SpecedgeError):
    """A verifier can serve no more; to be started again."""


@dataclass(frozen=True)
class VerifierSettings:
    """How a verifier runs.

    Attributes:
        model: Folder or Hugging Face name of the target; empty for the nano target.
        bind: ZeroMQ endpoint; a port of ``*`` takes a free one.
        threads: CPU threads for the model; one is fastest for the nano pair.
        device, dtype, quantise: As in `specedge.models.placement.Placement`.
        keys: CURVE keys; None for a link in the clear.
        exits: Folder of the target's exits; empty where they lie with the target.
    """

    model: str = ""
    bind: str = DEFAULT_ENDPOINT
    threads: int = 1
    device: str = "cpu"
    keys: CurveKeys | None = None
    dtype: str = "auto"
    quantise: int = 0
    exits: str = ""

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise BadVerifierSettings(f"--threads {self.threads}: a model needs at least one")
        require_endpoint(self.bind)
        if self.exits and not (Path(self.exits) / "exits.json").is_file():
            raise BadVerifierSettings(f"--exits {self.exits}: there is no exits.json in it")
        Placement(self.device, self.dtype, self.quantise)


def run(settings: VerifierSettings) -> int:
    """Serves until SIGTERM or SIGINT; returns the exit code.

    Prints one line on stdout when ready. Call it from the main thread. A signal while the model is
    being loaded ends the process at once.

    Raises:
        ModelNotFound: the model cannot be loaded.
        PortBusy: the endpoint cannot be bound.
        VerifierDied: something unforeseen ended one of its threads.
    """
    # Until there is a socket to close, a signal ends the process by itself, even inside C code.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # First what can be told at once: torch and transformers take seconds to import.
    model = settings.model or shared("models", "nano", "target")
    locate(model, "config.json")
    require_free(settings.bind)

    import torch

    from specedge.verifier.server import VerifierServer

    torch.set_num_threads(settings.threads)
    # The socket thread answers in the middle of a pass; the default of 5 ms is a whole nano pass.
    sys.setswitchinterval(0.0005)
    placement = Placement(settings.device, settings.dtype, settings.quantise)
    exits_at = Path(settings.exits) if settings.exits else None
    engine = load_engine(model, placement, exits_at)
    # No Event: its lock may be held by what the handler interrupts. This put may be re-entered.
    asked_to_end: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in signals.ending():
        signal.signal(number, lambda number, _: asked_to_end.put(number))
    self_draft = load_self_draft(engine, exits_at)
    with VerifierServer(engine, settings.bind, settings.keys, self_draft) as server:
        exits = engine.exits.layers if engine.exits is not None else ()
        described = f"exits at layers {', '.join(map(str, exits))}" if exits else "no exits"
        print(f"{READY}{server.endpoint} ({engine.loaded.name}, {described})", flush=True)
        while not _came(asked_to_end):
            if not server.alive:
                raise VerifierDied("a thread of the verifier has ended; its error stands above")
    # A launcher repeats the terminal's Ctrl-C, which would kill Python as it takes itself down.
    signals.ignore()
    return 0


def _came(asked_to_end: queue.SimpleQueue[int]) -> bool:
    try:
        # A timeout, for a signal does not interrupt an endless wait everywhere.
        asked_to_end.get(timeout=0.5)
    except queue.Empty:
        return False
    return True


def load_engine(
    model: str | Path, placement: Placement | None = None, exits: Path | None = None
) -> TargetEngine:
    """Loads a target with its exits and grammar.

    Args:
        model: Folder or Hugging Face name.
        placement: Where it is loaded; by default on the CPU.
        exits: Folder of its exits; by default they lie with it.

    Raises:
        ModelNotFound: it cannot be loaded.
        BadPlacement: the machine lacks what it is to be loaded with.
    """
    from specedge.decoding.target import TargetEngine
    from specedge.models.exits import load_exits
    from specedge.models.loading import load_model

    where = placement or Placement()
    loaded = load_model(model, where.device, where.dtype, where.quantise)
    heads = load_exits(loaded, exits)
    commands = CommandGrammar(loaded.tokenizer, grammar())
    return TargetEngine(loaded, heads, commands, keep_hidden=True)


def load_self_draft(engine: TargetEngine, folder: Path | None = None) -> SelfDraft | None:
    """Loads the drafting head of a target that `load_engine` has loaded; None when it has none.

    Args:
        engine: The target's.
        folder: Where the head lies; by default with the target.

    Raises:
        ModelNotFound: its files are not a head of this target.
    """
    from specedge.decoding.self_draft import SelfDraft
    from specedge.models.ahead import load_ahead

    head = load_ahead(engine.loaded, folder)
    return SelfDraft(head, engine.loaded) if head is not None else None
