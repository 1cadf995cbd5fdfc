"""One turn, wherever it was read from."""

from __future__ import annotations

from dataclasses import dataclass

from specedge.commands import Context


@dataclass(frozen=True)
class Turn:
    """A picture with what was asked and answered.

    Attributes:
        frame: A JPEG or PNG picture.
        context: The goal, the last command and its outcome.
        command: What was answered then; empty when it is not known.
        course: Turns of one name are much alike: of one goal, or in one room.
    """

    frame: bytes
    context: Context
    command: str
    course: str
