"""What can go wrong while the stack comes up or runs."""

from __future__ import annotations

from specedge.errors import SpecedgeError


class StackError(SpecedgeError):
    """The stack cannot come up, or fell over."""


class BadOption(StackError):
    """An option of the run makes no sense; nothing was started."""


class NotReady(StackError):
    """A process lived but did not become ready in its time."""


class ChildDied(StackError):
    """A process ended by itself.

    Attributes:
        name: The process.
        code: Its exit code; negative for a signal.
    """

    def __init__(self, name: str, code: int, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.code = code
