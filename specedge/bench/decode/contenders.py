"""Who is measured: modes, and ``streaming`` with some of its sources of candidates."""

from __future__ import annotations

from dataclasses import dataclass

from specedge.bench.decode.options import BenchOptions
from specedge.edge.settings import SOURCES, Source

CLOUD, STREAMING = "cloud", "streaming"


@dataclass(frozen=True)
class Contender:
    """One row of the table at each point.

    Attributes:
        name: Says which one it is.
        mode: How it decodes.
        sources: Where ``streaming`` takes candidates from; without effect on other modes.
    """

    name: str
    mode: str
    sources: frozenset[Source] = frozenset(SOURCES)


def contenders(options: BenchOptions) -> list[Contender]:
    """Returns who is measured, ``cloud`` first."""
    if options.ablation:
        return [Contender(CLOUD, CLOUD), *_ablation()]
    sources = frozenset(SOURCES) - options.without
    names = dict.fromkeys((CLOUD, *options.modes))
    return [Contender(name, name, sources) for name in names]


def _ablation() -> list[Contender]:
    every = frozenset(SOURCES)
    rows = [("all", every), ("none", frozenset[Source]())]
    rows += [(f"{source} alone", frozenset((source,))) for source in SOURCES]
    rows += [(f"without {source}", every - {source}) for source in SOURCES]
    return [Contender(f"{STREAMING}, {name}", STREAMING, sources) for name, sources in rows]
