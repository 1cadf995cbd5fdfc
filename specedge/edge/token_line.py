"""The tokens of a turn, with who had each first and what was struck out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

SOURCES = ("draft", "exit", "self", "history", "forced", "target")
"""Who may have had a token first, `specedge.edge.decoder.TokenSource` in lower case."""

STRUCK_SHOWN = 3
"""Wrong tokens that are shown at one position; with many branches there may be dozens."""


@dataclass(frozen=True)
class Span:
    """One piece of text.

    Attributes:
        source: Who had it first, one of `SOURCES`; empty when that is not known.
        state: ``verified``, ``drafted`` (no verdict yet) or ``rejected``.
    """

    text: str
    source: str
    state: str


@dataclass
class _Cell:
    struck: list[Span] = field(default_factory=list)
    token: Span | None = None

    def strike(self, text: str, source: str) -> None:
        rejected = Span(text, source, "rejected")
        if rejected not in self.struck:
            self.struck.append(rejected)


class TokenLine:
    """The text of one turn in the making; what was struck out stays visible."""

    def __init__(self) -> None:
        self._cells: dict[int, _Cell] = {}

    def take(self, kind: str, position: int, texts: Sequence[str], sources: Sequence[str]) -> None:
        """Takes tokens as they came.

        Args:
            kind: ``drafted``, ``verified`` or ``rejected``.
            position: Of the first of them.
            texts: Of the tokens, one after the other.
            sources: Who had each first, as far as that is known.
        """
        for offset, text in enumerate(texts):
            source = sources[offset] if offset < len(sources) else ""
            _put(self._cells.setdefault(position + offset, _Cell()), kind, text, source)

    def spans(self) -> list[Span]:
        """Returns the text in order, rejected tokens before the one that stands in their place."""
        ordered: list[Span] = []
        for position in sorted(self._cells):
            cell = self._cells[position]
            kept = cell.token.text if cell.token else None
            ordered += [span for span in cell.struck if span.text != kept][:STRUCK_SHOWN]
            if cell.token is not None:
                ordered.append(cell.token)
        return ordered


def _put(cell: _Cell, kind: str, text: str, source: str) -> None:
    held = cell.token
    if kind == "verified":
        if held is not None and held.state == "drafted" and held.text != text:
            cell.strike(held.text, held.source)
        cell.token = Span(text, source, "verified")
    elif kind == "rejected":
        cell.strike(text, source)
        if held is not None and held.state == "drafted" and held.text == text:
            cell.token = None
    elif held is None or held.state == "drafted":
        cell.token = Span(text, source, "drafted")
