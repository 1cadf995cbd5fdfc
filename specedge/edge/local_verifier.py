"""A verifier on this machine, for as long as one command of the command line needs it."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

from specedge.edge.decoder import VerifierLost
from specedge.orphans import dies_with_parent
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
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=dies_with_parent(),
        )
        self._first: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_output, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        try:
            line = self._first.get(timeout=LOAD_TIMEOUT)
        except queue.Empty:
            line = ""
        if not line.startswith(READY):
            self.close()
            said = self._errors[-1] if self._errors else "no reason given"
            raise VerifierLost(f"the verifier did not start: {said.removeprefix('specedge: ')}")
        self.endpoint = line.removeprefix(READY).split()[0]

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    def kill(self) -> None:
        """Ends the process without warning, as a failing machine would."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Ends the process and joins the threads that read from it."""
        self._process.terminate()
        try:
            self._process.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> LocalVerifier:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._first.put(line.strip())
        self._first.put("")

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._errors.append(line.strip())
