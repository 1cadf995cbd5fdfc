"""``python -m specedge.verifier``: the verifier as a process without the command line's extras."""

from __future__ import annotations

import argparse
import sys

from specedge.errors import SpecedgeError
from specedge.protocol.endpoint import DEFAULT_ENDPOINT
from specedge.verifier.process import VerifierSettings, run


def main() -> int:
    """Runs a verifier until SIGTERM or SIGINT; 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m specedge.verifier")
    parser.add_argument("--model", default="")
    parser.add_argument("--bind", default=DEFAULT_ENDPOINT)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    try:
        return run(VerifierSettings(**vars(arguments)))
    except SpecedgeError as error:
        print(f"specedge: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
