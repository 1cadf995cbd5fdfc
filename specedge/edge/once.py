"""One turn for one picture, as ``specedge decode`` does it."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from specedge.commands import Context
from specedge.commands.prompt import is_text
from specedge.edge.client import open_decoder
from specedge.edge.decoder import DecoderSettings, TokenEvent, TokenKind, TurnResult
from specedge.edge.local_verifier import LocalVerifier
from specedge.edge.modes import find_mode
from specedge.edge.settings import LONGEST_GAMMA, SOURCES, parse_sources
from specedge.errors import SpecedgeError
from specedge.models.frames import FrameError, decode_frame
from specedge.outputs import require_writable
from specedge.protocol.messages import LARGEST_COUNT
from specedge.protocol.security import robot_keys

CONNECT_TIMEOUT = 5.0
"""Seconds that a person at a terminal waits for a verifier elsewhere."""


class BadRequest(SpecedgeError):
    """``specedge decode`` was asked for something that cannot be."""


@dataclass(frozen=True)
class Request:
    """What to decode.

    Attributes:
        image: A picture file.
        cloud: Endpoint of a verifier; empty to start one here.
        models: Folder with ``target`` and ``draft``; None for the nano pair.
        json_file: Where to write text and figures; None for nowhere.
        top_k, top_p, gamma, patience: As in `DecoderSettings`.
        without: Sources of candidates to leave out, with commas between them.
        verifier_key: File with the public key of the verifier at ``cloud``; None for a link in the
            clear.
    """

    image: Path
    goal: str
    mode: str
    cloud: str = ""
    temperature: float = 0.0
    seed: int = 0
    models: Path | None = None
    json_file: Path | None = None
    top_k: int = 0
    top_p: float = 1.0
    gamma: int = 0
    patience: float = 0.0
    without: str = ""
    verifier_key: Path | None = None

    def __post_init__(self) -> None:
        find_mode(self.mode)
        if not self.goal.strip():
            raise BadRequest("--goal is empty; give a sentence such as 'go to the red chair'")
        if not is_text(self.goal):
            raise BadRequest(f"--goal {self.goal!r} is no text in UTF-8")
        if not self.image.is_file():
            raise BadRequest(f"--image {self.image} is not a file")
        if not 0.0 <= self.temperature <= 10.0:
            raise BadRequest(f"--temperature {self.temperature} is outside 0 to 10")
        if not 0 <= self.seed < 1 << 63:
            raise BadRequest(f"--seed {self.seed} is outside 0 to 2**63 - 1")
        if self.verifier_key is not None and not self.cloud:
            raise BadRequest("--verifier-key is for a verifier elsewhere; give its --cloud, too")
        if self.verifier_key is not None:
            robot_keys(self.verifier_key)
        if not 0 <= self.top_k <= LARGEST_COUNT:
            raise BadRequest(f"--top-k {self.top_k} is outside 0, for all, to {LARGEST_COUNT}")
        if not 0.0 < self.top_p <= 1.0:
            raise BadRequest(f"--top-p {self.top_p} is not above 0 and at most 1")
        if not 0 <= self.gamma <= LONGEST_GAMMA:
            raise BadRequest(f"--gamma {self.gamma} is outside 0 to {LONGEST_GAMMA}")
        if not 0.0 <= self.patience <= 1.0:
            raise BadRequest(f"--patience {self.patience} is outside 0 to 1")
        parse_sources(self.without)
        require_writable("--json", self.json_file)
        try:
            decode_frame(self.image.read_bytes())
        except FrameError as error:
            raise BadRequest(f"--image {self.image}: {error}") from error


def decode_once(request: Request) -> TurnResult:
    """Decodes one command; its tokens go to stdout as they are verified, figures to stderr.

    Raises:
        SpecedgeError: as `Decoder.decode` does, or a model or verifier does not start.
    """
    frame = request.image.read_bytes()
    with contextlib.ExitStack() as stack:
        cloud = request.cloud
        if not cloud and find_mode(request.mode).needs_verifier:
            target = "" if request.models is None else request.models / "target"
            cloud = stack.enter_context(LocalVerifier(target)).endpoint
        draft = "" if request.models is None else str(request.models / "draft")
        settings = DecoderSettings(
            mode=request.mode,
            draft=draft,
            cloud=cloud,
            gamma=request.gamma,
            sources=frozenset(SOURCES) - parse_sources(request.without),
            patience=request.patience,
            top_k=request.top_k,
            top_p=request.top_p,
            connect_timeout=CONNECT_TIMEOUT,
            keys=robot_keys(request.verifier_key) if request.verifier_key is not None else None,
        )
        decoder = stack.enter_context(contextlib.closing(open_decoder(settings)))
        result = decoder.decode(
            frame,
            Context(request.goal),
            seed=request.seed,
            temperature=request.temperature,
            on_event=_show,
            cancel=threading.Event(),
        )
    print()
    print(_figures(result), file=sys.stderr)
    if request.json_file is not None:
        content = {"mode": request.mode, **asdict(result), "acceptance": result.acceptance}
        request.json_file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return result


def _show(event: TokenEvent) -> None:
    if event.kind is TokenKind.VERIFIED:
        print("".join(event.texts), end="", flush=True)


def _figures(result: TurnResult) -> str:
    sources = ", ".join(f"{count} {name}" for name, count in result.sources.items())
    return (
        f"{result.latency * 1000:.0f} ms, first action after "
        f"{result.first_action_latency * 1000:.0f} ms; {result.tokens} tokens, {result.forced} of "
        f"them forced; first by whom: {sources}; {result.target_passes} target passes; "
        f"{result.accepted} of {result.drafted} drafted accepted; "
        f"{result.bytes_up} bytes up, {result.bytes_down} down"
    )
