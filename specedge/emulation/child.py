"""A child process that is told things while it runs: JSON lines in, one JSON line back for each."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from specedge.errors import SpecedgeError
from specedge.orphans import dies_with_parent

ANSWER_TIMEOUT = 30.0
"""Seconds within which a child answers; it does nothing slow between two lines."""


class ChildFailed(SpecedgeError):
    """A child process does not start, or does not answer any more."""


class ControlledChild:
    """A child that runs `answer_lines`.

    Args:
        what: What it is, for messages.
        command: How it is started.
        timeout: Seconds within which it must be ready.

    Attributes:
        first: What it said of itself when it was ready.

    Raises:
        ChildFailed: it does not start; the message is the child's own.
    """

    def __init__(self, what: str, command: Sequence[str], timeout: float = 180.0) -> None:
        self._what = what
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=dies_with_parent(),
        )
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_output, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        try:
            self.first = self._next(timeout)
        except ChildFailed:
            self.close()
            raise ChildFailed(f"{what} did not start: {self._said()}") from None

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Sends a line and returns the answer.

        Raises:
            ChildFailed: it is gone, or refuses the request.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise ChildFailed(f"{self._what} has ended: {self._said()}") from error
        answer = self._next(ANSWER_TIMEOUT)
        if "refused" in answer:
            raise ChildFailed(f"{self._what}: {answer['refused']}")
        return answer

    def close(self) -> None:
        """Ends the process and joins the threads that read from it."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def __enter__(self) -> ControlledChild:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _next(self, timeout: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            raise ChildFailed(f"{self._what} does not answer within {timeout:.0f} s") from None
        if not line:
            self._answers.put("")  # whoever asks next shall hear it, too
            raise ChildFailed(f"{self._what} has ended: {self._said()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _said(self) -> str:
        return self._errors[-1].removeprefix("specedge: ") if self._errors else "no reason given"

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line.strip())
        # The reason comes first: whoever waits for an answer wants to name it.
        self._readers[1].join()
        self._answers.put("")

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._errors.append(line.strip())


def answer(line: str, handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Child: handles one line and writes the answer."""
    try:
        said = handle(json.loads(line))
    except (ValueError, KeyError, TypeError) as error:
        said = {"refused": str(error) or repr(error)}
    say(said)


def answer_lines(handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Child: answers each line of stdin until it ends, that is until the parent closes or dies."""
    for line in sys.stdin:
        answer(line, handle)


def say(content: dict[str, Any]) -> None:
    """Child: writes one line to the parent; the first one says that it is ready."""
    print(json.dumps(content), flush=True)
