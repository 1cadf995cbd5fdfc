"""A verifier on this machine, for as long as one command of the command line needs it."""

from __future__ import annotations

import sys
from pathlib import Path

from specedge.edge.decoder import VerifierLost
from specedge.line_child import ChildEnded, ChildSilent, LineChild
from specedge.verifier import READY

LOAD_TIMEOUT = 180.0
"""Seconds within which the target must be loaded."""


class LocalVerifier:
    """A child process that verifies.

    Args:
        model: Folder or Hugging Face name of the target; empty for the nano target.
        threads: CPU threads of the model.
        bind: Where it serves; by default at a port that is free.

    Raises:
        VerifierLost: it does not start; the message is the child's own.
    """

    def __init__(
        self, model: str | Path = "", threads: int = 1, bind: str = "tcp://127.0.0.1:*"
    ) -> None:
        command = [sys.executable, "-m", "specedge.verifier", "--bind", bind]
        command += ["--model", str(model), "--threads", str(threads)]
        self._child = LineChild(command)
        try:
            line = self._child.next_line(LOAD_TIMEOUT)
        except (ChildEnded, ChildSilent):
            line = ""
        if not line.startswith(READY):
            self.close()
            raise VerifierLost(f"the verifier did not start: {self._child.last_words}")
        self.endpoint = line.removeprefix(READY).split()[0]

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._child.pid

    def kill(self) -> None:
        """Ends the process without warning, as a failing machine would."""
        self._child.kill()

    def close(self) -> None:
        """Ends the process."""
        self._child.close()

    def __enter__(self) -> LocalVerifier:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
