"""The ways to decode a command, behind one interface; all but ``edge`` give the same text."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specedge.edge.modes.cloud import cloud
from specedge.edge.modes.edge import edge
from specedge.edge.modes.preemptive import preemptive
from specedge.edge.modes.speculative import speculative
from specedge.edge.modes.streaming import streaming
from specedge.errors import SpecedgeError

if TYPE_CHECKING:
    from specedge.edge.turn import Turn

DEFAULT_MODE = "streaming"


class UnknownMode(SpecedgeError):
    """A mode that is not one."""


@dataclass(frozen=True)
class Mode:
    """One way to decode.

    Attributes:
        run: Decodes one turn to its end.
        needs_draft, needs_verifier: Which models it works with.
        by_hints: Whether its draft is one of several sources of candidates, any of which may be
            left out.
    """

    name: str
    run: Callable[[Turn], None]
    needs_draft: bool = True
    needs_verifier: bool = True
    by_hints: bool = False

    def works_with_draft(self, sources: Collection[str]) -> bool:
        """Whether it has a use for a draft model when it may take candidates from ``sources``."""
        return self.needs_draft and (not self.by_hints or "client" in sources)


MODES = {
    mode.name: mode
    for mode in (
        Mode("edge", edge, needs_verifier=False),
        Mode("cloud", cloud, needs_draft=False),
        Mode("speculative", speculative),
        Mode("preemptive", preemptive),
        Mode("streaming", streaming, by_hints=True),
    )
}


def find_mode(name: str) -> Mode:
    """Returns a mode by its name.

    Raises:
        UnknownMode: there is none of that name.
    """
    if name in MODES:
        return MODES[name]
    raise UnknownMode(f"{name!r} is not a mode; take one of {', '.join(MODES)}")
