"""``python -m specedge.emulation.verifier_child``: a verifier whose target takes its time."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import Any

from specedge.emulation.child import answer_lines, say
from specedge.errors import SpecedgeError


def main() -> int:
    """Serves until stdin ends; each line ``{"pass_seconds": S}`` changes the time of a pass."""
    parser = argparse.ArgumentParser(prog="python -m specedge.emulation.verifier_child")
    parser.add_argument("--model", required=True)
    parser.add_argument("--bind", required=True)
    arguments = parser.parse_args()
    # Ctrl-C goes to the whole terminal; the bench decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    import torch

    from specedge.emulation.stretch import Stretch
    from specedge.verifier.process import load_engine, load_self_draft
    from specedge.verifier.server import VerifierServer

    torch.set_num_threads(1)
    # As in `specedge.verifier.process`: the socket thread answers in the middle of a pass.
    sys.setswitchinterval(0.0005)
    try:
        engine = load_engine(arguments.model)
        self_draft = load_self_draft(engine)
        stretch = Stretch(engine.loaded)

        def handle(request: dict[str, Any]) -> dict[str, Any]:
            before = stretch.report()
            if "pass_seconds" in request:
                stretch.set(float(request["pass_seconds"]))
            return before

        with VerifierServer(engine, arguments.bind, self_draft=self_draft) as server:
            say({"endpoint": server.endpoint})
            answer_lines(handle)
    except SpecedgeError as error:
        print(f"specedge: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
