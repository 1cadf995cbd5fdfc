"""The client's handle on the draft model, which runs in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import zmq

from specedge.edge.decoder import DraftLost
from specedge.edge.draft_messages import (
    DraftFailed,
    DraftReady,
    FromDraft,
    ToDraft,
    decode_from_draft,
    encode,
)
from specedge.edge.restarts import Restarts
from specedge.protocol.channel import Channel, Frames

OnDraft = Callable[[FromDraft], None]

CANNOT_LOAD = 2
"""Exit code of a draft process that would not do better if it were started again."""


class Drafter(Protocol):
    """Takes requests for drafts at once and answers by the callback that it was opened with.

    Attributes:
        settled: Set when the model is loaded, or cannot be.
    """

    settled: threading.Event

    @property
    def lost(self) -> str:
        """Why a model that had been loaded is not there; "" otherwise."""

    def wait_ready(self, timeout: float) -> None:
        """Waits until the model is loaded; raises DraftLost when it is not."""

    def send(self, message: ToDraft, *frames: bytes) -> None:
        """Hands over a message; never waits."""

    def close(self) -> None:
        """Ends the draft."""


class DraftLink:
    """A `Drafter` at the other end of a local socket.

    Args:
        on_draft: Called in this object's thread with all that the draft says.
        check: Called about five times a second; returns why the draft has ended, "" while it runs.

    Attributes:
        settled: Set when the model is loaded, or cannot be.
        lost: Why a model that had been loaded is not there; "" otherwise.
    """

    def __init__(self, on_draft: OnDraft, check: Callable[[], str] = lambda: "") -> None:
        self._on_draft, self._check = on_draft, check
        self.settled = threading.Event()
        self.lost = ""
        self._failure = ""
        self._served = False
        self._folder = tempfile.TemporaryDirectory(prefix="specedge-")
        self.endpoint = f"ipc://{Path(self._folder.name) / 'draft'}"
        self._channel = Channel(
            "draft-link", self._open_socket, self._receive, self._tick, period=0.2
        )
        self._channel.start()

    def wait_ready(self, timeout: float) -> None:
        """Waits until the model is loaded.

        Raises:
            DraftLost: it cannot be loaded, or not within ``timeout`` seconds.
        """
        if not self.settled.wait(timeout):
            raise DraftLost("the draft model is not loaded in time")
        if self._failure:
            raise DraftLost(self._failure)

    def send(self, message: ToDraft, *frames: bytes) -> None:
        """Hands over a message; never waits."""
        self._channel.send([encode(message), *frames])

    def await_another(self, reason: str) -> None:
        """Takes note, in ``check``, that the draft has ended and another one will connect."""
        self.settled.clear()
        self._lose(reason)

    def close(self) -> None:
        """Closes the socket and joins the thread."""
        self._channel.close()
        self._folder.cleanup()

    def _open_socket(self, context: zmq.Context[zmq.Socket[bytes]]) -> zmq.Socket[bytes]:
        socket = context.socket(zmq.PAIR)
        socket.bind(self.endpoint)
        return socket

    def _receive(self, frames: Frames) -> None:
        message = decode_from_draft(frames[0])
        if isinstance(message, DraftFailed) and message.turn == 0:
            self._fail(message.reason)
        elif isinstance(message, DraftReady):
            self._served, self.lost = True, ""
            self.settled.set()
        else:
            self._on_draft(message)

    def _tick(self) -> None:
        reason = "" if self._failure else self._check()
        if reason:
            self._fail(reason)

    def _fail(self, reason: str) -> None:
        if not self._failure:
            self._failure = reason
            self.settled.set()
            self._lose(reason)

    def _lose(self, reason: str) -> None:
        # Told to turns that come before told to the one under way.
        self.lost = reason if self._served else ""
        self._on_draft(DraftFailed(0, reason))


class DraftProcess:
    """A draft model in a child process, so that neither socket nor node waits for it.

    When the process ends by itself it is started again; see `Restarts`.

    Args:
        model: Folder or Hugging Face name.
        on_draft: Called in a thread of this object with all that the draft says.
        threads: CPU threads of the model.
        device: Its torch device.
        quantise: Bits of its weights, 4 or 8; 0 to leave them as they are.
        module: What the child runs; takes the same command line as the default.
    """

    def __init__(
        self,
        model: str,
        on_draft: OnDraft,
        *,
        threads: int = 1,
        device: str = "cpu",
        quantise: int = 0,
        module: str = "specedge.edge.draft_process",
    ) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._restarts = Restarts()
        self._restart_at: float | None = None
        self._link = DraftLink(on_draft, self._check)
        command = [sys.executable, "-m", module]
        command += ["--model", model, "--connect", self._link.endpoint]
        command += ["--threads", str(threads), "--device", device]
        if quantise:
            command += ["--quantise", str(quantise)]
        self._command = command
        self._start()
        self.settled = self._link.settled
        self.wait_ready, self.send = self._link.wait_ready, self._link.send

    @property
    def lost(self) -> str:
        """Why a model that had been loaded is not there; "" otherwise."""
        return self._link.lost

    def close(self) -> None:
        """Ends the process and joins the thread."""
        self._link.close()  # first: nothing is started again from here on
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        self._started = time.monotonic()
        # In a session of its own: a Ctrl-C in the terminal is for the client, which ends its draft,
        # and would meet the child in the midst of its imports.
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, start_new_session=True
        )

    def _check(self) -> str:
        process, now = self._process, time.monotonic()
        if process is None or process.poll() is None:
            return ""
        if self._restart_at is None:
            reason = f"the draft model's process ended with code {process.returncode}"
            pause = self._restarts.pause(now - self._started)
            if process.returncode == CANNOT_LOAD or pause is None:
                return reason
            self._restart_at = now + pause
            self._link.await_another(f"{reason} and is started again")
        elif now >= self._restart_at:
            self._restart_at = None
            assert process.stdin is not None
            process.stdin.close()
            try:
                self._start()
            except OSError as error:  # a machine that has just run out of memory may lack more
                pause = self._restarts.pause(0.0)
                if pause is None:
                    return f"the draft model's process cannot be started again: {error}"
                self._restart_at = now + pause
        return ""
