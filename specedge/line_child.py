"""A child process that is read line by line: what it says, and what it said when it ended."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
from collections.abc import Sequence

from specedge.errors import SpecedgeError
from specedge.orphans import dies_with_parent

GRACE = 5.0
"""Seconds for a child to end when it is asked to, before it is killed."""


class ChildSilent(SpecedgeError):
    """A child process has not said anything in time."""


class ChildEnded(SpecedgeError):
    """A child process has ended; the message is its last words."""


class LineChild:
    """A running child; start it from a thread that lasts as long as the child shall.

    Args:
        command: How it is started.
        listens: Whether it reads lines, too; then it ends when its input does, and otherwise at
            SIGTERM.
    """

    def __init__(self, command: Sequence[str], *, listens: bool = False) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if listens else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=dies_with_parent(),
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._errors: list[str] = []
        self._error_reader = threading.Thread(target=self._read_errors, daemon=True)
        self._reader = threading.Thread(target=self._read_output, daemon=True)
        self._error_reader.start()
        self._reader.start()

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def last_words(self) -> str:
        """The last line on its standard error."""
        return self._errors[-1].removeprefix("specedge: ") if self._errors else "no reason given"

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def next_line(self, timeout: float) -> str:
        """Returns the next line of its standard output.

        Raises:
            ChildSilent: there is none within ``timeout`` seconds.
            ChildEnded: there will be none.
        """
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise ChildSilent(f"nothing was said within {timeout:.0f} s") from None
        if line is None:
            self._lines.put(None)  # whoever asks next shall hear it, too
            raise ChildEnded(self.last_words)
        return line

    def tell(self, line: str) -> None:
        """Sends a line to a child that listens.

        Raises:
            ChildEnded: it is gone.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise ChildEnded(self.last_words) from error

    def kill(self) -> None:
        """Ends the process without warning, as a failing machine would."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Ends the process and joins the threads that read from it."""
        if self._process.stdin is None:
            self._process.terminate()
        else:
            with contextlib.suppress(BrokenPipeError):  # it has ended with a line unread
                self._process.stdin.close()
        try:
            self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join()
        self._error_reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())
        # The reason comes first: whoever waits for a line wants to name it.
        self._error_reader.join()
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._errors.append(line.strip())
