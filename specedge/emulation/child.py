"""A child process that is told things while it runs: JSON lines in, one JSON line back for each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from specedge.errors import SpecedgeError
from specedge.line_child import ChildEnded, ChildSilent, LineChild

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
        self._child = LineChild(command, listens=True)
        try:
            self.first = self._next(timeout)
        except ChildFailed:
            self.close()
            raise ChildFailed(f"{what} did not start: {self._child.last_words}") from None

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._child.pid

    @property
    def ended(self) -> str:
        """Why the child has ended; "" while it runs."""
        return "" if self._child.running else f"{self._what} has ended: {self._child.last_words}"

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Sends a line and returns the answer.

        Raises:
            ChildFailed: it is gone, or refuses the request.
        """
        try:
            self._child.tell(json.dumps(request))
        except ChildEnded as error:
            raise ChildFailed(f"{self._what} has ended: {error}") from error
        answer = self._next(ANSWER_TIMEOUT)
        if "refused" in answer:
            raise ChildFailed(f"{self._what}: {answer['refused']}")
        return answer

    def close(self) -> None:
        """Ends the process."""
        self._child.close()

    def __enter__(self) -> ControlledChild:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self, timeout: float) -> dict[str, Any]:
        try:
            line = self._child.next_line(timeout)
        except ChildSilent:
            raise ChildFailed(f"{self._what} does not answer within {timeout:.0f} s") from None
        except ChildEnded as error:
            raise ChildFailed(f"{self._what} has ended: {error}") from None
        answer: dict[str, Any] = json.loads(line)
        return answer


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
