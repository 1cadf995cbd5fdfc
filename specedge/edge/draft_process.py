"""The draft model's process: ``python -m specedge.edge.draft_process``, started by the client.

It drafts token by token and looks for a new request between tokens. It ends when its stdin does,
that is when the client has closed it or has died.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

import zmq

from specedge.commands import Context, grammar
from specedge.decoding.acceptance import Sampling
from specedge.decoding.draft import DraftEngine, DraftTurn
from specedge.decoding.grammar import CommandGrammar, GrammarError
from specedge.edge.draft_messages import (
    BeginDraft,
    Drafted,
    DraftFailed,
    DraftFrom,
    DraftReady,
    FromDraft,
    StopDraft,
    decode_to_draft,
    encode,
)
from specedge.errors import SpecedgeError
from specedge.models.loading import load_model

POLL = 200
"""Milliseconds between looks at whether to end, while there is nothing to draft."""


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
        self._request: DraftFrom | None = None
        self._left = 0

    def serve(self, ended: threading.Event) -> None:
        """Serves until ``ended`` is set."""
        self._send(DraftReady(self._engine.loaded.name))
        while not ended.is_set():
            while self._socket.poll(0 if self._left else POLL):
                self._receive()
            if self._left:
                self._step()

    def _receive(self) -> None:
        data, *images = self._socket.recv_multipart()
        message = decode_to_draft(data)
        self._left = 0
        if isinstance(message, StopDraft):
            return
        try:
            if isinstance(message, BeginDraft):
                self._begin(message, images[0])
            elif message.turn == self._number and self._turn is not None:
                self._turn.rebase(message.choices)
                self._request = message
                self._left = 0 if self._turn.complete else message.count
        except GrammarError:
            # A guess of an exit that the grammar does not allow: there is nothing to draft after.
            self._left = 0
        except SpecedgeError as error:
            self._send(DraftFailed(message.turn, str(error)))

    def _begin(self, begin: BeginDraft, frame: bytes) -> None:
        self._number, self._turn = begin.turn, None
        self._turn = self._engine.begin(
            frame,
            Context(begin.goal, begin.last_command, begin.outcome),
            Sampling(begin.temperature, begin.seed),
        )

    def _step(self) -> None:
        assert self._turn is not None
        assert self._request is not None
        drafted = self._turn.step()
        self._left = 0 if drafted.complete else self._left - 1
        self._send(
            Drafted(
                self._number,
                self._request.request,
                drafted.token,
                drafted.forced,
                drafted.probability,
                drafted.complete,
            )
        )

    def _send(self, message: FromDraft) -> None:
        self._socket.send(encode(message))


def main() -> int:
    """Loads the model and serves until stdin ends."""
    parser = argparse.ArgumentParser(prog="python -m specedge.edge.draft_process")
    parser.add_argument("--model", required=True)
    parser.add_argument("--connect", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()

    import torch

    torch.set_num_threads(arguments.threads)
    # Ctrl-C goes to the whole terminal; the client decides when its draft ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = threading.Event()
    threading.Thread(target=_watch_parent, args=(ended,), daemon=True).start()
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        socket.linger = 100
        socket.connect(arguments.connect)
        try:
            loaded = load_model(arguments.model, arguments.device)
            engine = DraftEngine(loaded, CommandGrammar(loaded.tokenizer, grammar()))
        except SpecedgeError as error:
            socket.send(encode(DraftFailed(0, str(error))))
            return 2
        DraftService(engine, socket).serve(ended)
    return 0


def _watch_parent(ended: threading.Event) -> None:
    while os.read(0, 1):
        pass
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
