"""``python -m specedge.emulation.draft_child``: a draft model, slowed down and spoiled."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from typing import Any

import zmq

from specedge.commands import grammar
from specedge.emulation.child import answer_lines, say
from specedge.errors import SpecedgeError


def main() -> int:
    """Drafts until stdin ends.

    A line may change the time of a step, ``{"step_seconds": S}``, and how often the draft is
    right, ``{"keep": P, "references": {"FRAME KEY": [CHOICE, …]}}``.
    """
    parser = argparse.ArgumentParser(prog="python -m specedge.emulation.draft_child")
    parser.add_argument("--model", required=True)
    parser.add_argument("--connect", required=True)
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    import torch

    from specedge.decoding.draft import DraftEngine
    from specedge.decoding.grammar import CommandGrammar
    from specedge.emulation.spoil import SpoiledService
    from specedge.emulation.stretch import Stretch
    from specedge.models.loading import load_model

    torch.set_num_threads(1)
    ended = threading.Event()
    try:
        loaded = load_model(arguments.model)
        engine = DraftEngine(loaded, CommandGrammar(loaded.tokenizer, grammar()))
    except SpecedgeError as error:
        print(f"specedge: {error}", file=sys.stderr)
        return 2
    stretch = Stretch(loaded)
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        socket.linger = 100
        socket.connect(arguments.connect)
        service = SpoiledService(engine, socket)

        def handle(request: dict[str, Any]) -> dict[str, Any]:
            before = stretch.report()
            if "step_seconds" in request:
                stretch.set(float(request["step_seconds"]))
            if "keep" in request:
                service.spoil(float(request["keep"]), request["references"])
            return before

        def listen() -> None:
            answer_lines(handle)
            ended.set()

        say({"ready": True})
        threading.Thread(target=listen, daemon=True).start()
        service.serve(ended)
    return 0


if __name__ == "__main__":
    sys.exit(main())
