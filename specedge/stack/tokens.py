"""The tokens of a turn as they are drafted, verified and struck out."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


class Mark(enum.Enum):
    """What became of a token."""

    DRAFTED = "drafted"
    VERIFIED = "verified"
    FORESEEN = "foreseen"
    """Verified, and proposed by somebody before the target said it."""
    FORCED = "forced"
    REJECTED = "rejected"


DRAFTED, VERIFIED, REJECTED = 0, 1, 2
"""Kinds of specedge_msgs/Tokens."""

FORCED = 2
"""Source of a token that the grammar leaves no choice in, in specedge_msgs/Tokens."""

PROPOSED = frozenset({0, 4, 5})
"""Sources there of tokens that a draft, history or the target's self-draft had first."""


@dataclass
class _Cell:
    struck: list[str] = field(default_factory=list)
    text: str = ""
    mark: Mark | None = None


class TokenLine:
    """The text of one turn in the making; what was struck out stays visible."""

    def __init__(self) -> None:
        self._cells: list[_Cell] = []

    def take(self, kind: int, position: int, texts: Sequence[str], sources: Sequence[int]) -> None:
        """Takes one message: `texts` stand at `position` and after it."""
        for offset, text in enumerate(texts):
            source = sources[offset] if offset < len(sources) else 0
            self._put(kind, position + offset, text, source)

    def spans(self) -> Iterator[tuple[str, Mark]]:
        """Yields pieces of text in order, each with its mark."""
        for cell in self._cells:
            for struck in cell.struck:
                yield struck, Mark.REJECTED
            if cell.mark is not None:
                yield cell.text, cell.mark

    def _put(self, kind: int, position: int, text: str, source: int) -> None:
        while len(self._cells) <= position:
            self._cells.append(_Cell())
        cell = self._cells[position]
        if kind == VERIFIED:
            if cell.mark is Mark.DRAFTED and cell.text != text:
                cell.struck.append(cell.text)
            cell.text, cell.mark = text, _mark(source)
        elif kind == REJECTED:
            if cell.mark is Mark.DRAFTED:
                cell.mark = None
            if not cell.struck or cell.struck[-1] != text:
                cell.struck.append(text)
        elif cell.mark is None or cell.mark is Mark.DRAFTED:
            cell.text, cell.mark = text, Mark.DRAFTED


def _mark(source: int) -> Mark:
    """Returns the mark of a verified token by who had it first."""
    if source == FORCED:
        return Mark.FORCED
    return Mark.FORESEEN if source in PROPOSED else Mark.VERIFIED
