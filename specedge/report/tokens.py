"""The tokens of a finished turn, with who had each first and what was struck out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

SOURCES = ("draft", "exit", "self", "history", "forced", "target")
"""Who may have had a token first, `specedge.edge.decoder.TokenSource` in lower case."""

STRUCK_SHOWN = 3
"""Wrong tokens that are shown at one position; with many branches there may be dozens."""


class Tokens(Protocol):
    """Tokens as they came; see `specedge.replay.records.TokenRecord`."""

    @property
    def kind(self) -> str: ...
    @property
    def position(self) -> int: ...
    @property
    def texts(self) -> Sequence[str]: ...
    @property
    def sources(self) -> Sequence[str]: ...


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


def spans(events: Iterable[Tokens]) -> list[Span]:
    """Returns the text in order, each position's rejected tokens before the one that stands."""
    cells: dict[int, _Cell] = {}
    for event in events:
        for offset, text in enumerate(event.texts):
            source = event.sources[offset] if offset < len(event.sources) else ""
            _put(cells.setdefault(event.position + offset, _Cell()), event.kind, text, source)
    ordered: list[Span] = []
    for position in sorted(cells):
        cell = cells[position]
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
