"""The draft model's process: ``python -m specedge.edge.draft_process``, started by the client.

It drafts step by step and looks for a new request between steps. A prompt is read only when all
that the client has said is known, and not for a turn that is over by then. The process ends when
its stdin does, that is when the client has closed it or has died.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import zmq

from specedge.commands import Context, grammar
from specedge.decoding.acceptance import Sampling
from specedge.decoding.draft import DraftedToken, DraftEngine, DraftTurn
from specedge.decoding.grammar import CommandGrammar
from specedge.edge.draft_messages import (
    BeginDraft,
    Candidate,
    DraftFailed,
    DraftReady,
    Expand,
    Expanded,
    FromDraft,
    StopDraft,
    decode_to_draft,
    encode,
)
from specedge.edge.drafter import CANNOT_LOAD
from specedge.errors import SpecedgeError
from specedge.models.loading import load_model

POLL = 200
"""Milliseconds between looks at whether to end, while there is nothing to draft."""


@dataclass
class _Line:
    """One text of a request, as far as it has come."""

    choices: list[int]
    left: int


class DraftService:
    """Answers one client's requests at a socket.

    Args:
        engine: The draft model.
        socket: A PAIR socket connected to the client; owned by `serve`'s thread.
    """

    def __init__(self, engine: DraftEngine, socket: zmq.Socket[bytes]) -> None:
        self._engine = engine
        self._socket = socket
        self._number = 0
        self._turn: DraftTurn | None = None
        # The newest turn's beginning until its prompt is read, and whether nothing is wanted of it.
        self._unread: tuple[BeginDraft, bytes] | None = None
        self._stopped = False
        self._request = Expand(0, 0, [], 0, 0)
        self._lines: list[_Line] = []
        self._known: dict[tuple[int, ...], list[Candidate]] = {}

    def serve(self, ended: threading.Event) -> None:
        """Serves until ``ended`` is set."""
        self._send(DraftReady(self._engine.loaded.name))
        while not ended.is_set():
            while self._socket.poll(0 if self._lines or self._prompt_wanted else POLL):
                self._receive()
            if self._prompt_wanted:
                self._read_prompt()
            elif self._lines:
                self._step()

    def expand(
        self, turn: DraftTurn, prefixes: Sequence[Sequence[int]], width: int
    ) -> list[list[DraftedToken]]:
        """Makes one step; see `DraftTurn.expand`. Open to subclasses, which may draft otherwise."""
        return turn.expand(prefixes, width)

    def begin(self, frame: bytes, context: Context, sampling: Sampling) -> DraftTurn:
        """Begins a turn; see `DraftEngine.begin`. Open to subclasses."""
        return self._engine.begin(frame, context, sampling)

    @property
    def _prompt_wanted(self) -> bool:
        # One that was stopped before it was read is so when something is asked of it after all.
        return self._unread is not None and not self._stopped

    def _receive(self) -> None:
        data, *images = self._socket.recv_multipart()
        message = decode_to_draft(data)
        self._lines = []
        if isinstance(message, BeginDraft):
            self._number, self._turn = message.turn, None
            self._unread, self._stopped = (message, images[0]), False
            self._known.clear()
        elif isinstance(message, StopDraft):
            self._stopped = True
        elif message.turn == self._number:
            self._stopped = False
            if message.width > self._request.width:
                self._known.clear()
            self._request = message
            has_prompt = self._turn is not None or self._unread is not None
            if has_prompt and message.steps > 0:
                self._lines = [_Line(prefix, message.steps) for prefix in message.prefixes]

    def _read_prompt(self) -> None:
        assert self._unread is not None
        (begin, frame), self._unread = self._unread, None
        context = Context(begin.goal, begin.last_command, begin.outcome)
        try:
            sampling = Sampling(begin.temperature, begin.seed, top_k=begin.top_k, top_p=begin.top_p)
            self._turn = self.begin(frame, context, sampling)
        except SpecedgeError as error:
            self._fail(str(error))
        except Exception as error:  # one frame that a processor cannot take is no end of drafting
            self._fail(f"the draft failed: {error!r}")

    def _step(self) -> None:
        """Goes one step on with all lines; where some need no pass for that, with those alone."""
        width = self._request.width
        ready = [line for line in self._lines if tuple(line.choices) in self._known]
        seconds = 0.0
        if not ready:
            started = time.monotonic()
            try:
                self._draft(self._lines, width)
            except SpecedgeError as error:
                self._fail(str(error))
                return
            ready, seconds = self._lines, time.monotonic() - started
        self._send(
            Expanded(
                self._number,
                self._request.request,
                [list(line.choices) for line in ready],
                [self._known[tuple(line.choices)][:width] for line in ready],
                seconds,
            )
        )
        for line in ready:
            known = self._known[tuple(line.choices)]
            line.left = 0 if not known or known[0].complete else line.left - 1
            line.choices += [candidate.token for candidate in known[:1]]
        self._lines = [line for line in self._lines if line.left > 0]

    def _draft(self, lines: list[_Line], width: int) -> None:
        assert self._turn is not None
        drafted = self.expand(self._turn, [line.choices for line in lines], width)
        for line, tokens in zip(lines, drafted, strict=True):
            self._known[tuple(line.choices)] = [
                Candidate(token.token, token.probability, token.complete) for token in tokens
            ]

    def _fail(self, reason: str) -> None:
        self._lines = []
        self._send(DraftFailed(self._number, reason))

    def _send(self, message: FromDraft) -> None:
        self._socket.send(encode(message))


def main() -> int:
    """Loads the model and serves until stdin ends."""
    parser = argparse.ArgumentParser(prog="python -m specedge.edge.draft_process")
    parser.add_argument("--model", required=True)
    parser.add_argument("--connect", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quantise", type=int, default=0)
    arguments = parser.parse_args()

    import torch

    torch.set_num_threads(arguments.threads)
    ended = threading.Event()
    threading.Thread(target=_watch_parent, args=(ended,), daemon=True).start()
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        socket.linger = 100
        socket.connect(arguments.connect)
        try:
            loaded = load_model(arguments.model, arguments.device, quantise=arguments.quantise)
            engine = DraftEngine(loaded, CommandGrammar(loaded.tokenizer, grammar()))
        except SpecedgeError as error:
            socket.send(encode(DraftFailed(0, str(error))))
            return CANNOT_LOAD
        DraftService(engine, socket).serve(ended)
    return 0


def _watch_parent(ended: threading.Event) -> None:
    while os.read(0, 1):
        pass
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
