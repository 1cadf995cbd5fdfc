"""The ways to decode a command, behind one interface; all but ``edge`` give the same text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specedge.decoding.modes.cloud import cloud
from specedge.decoding.modes.edge import edge
from specedge.decoding.modes.preemptive import preemptive
from specedge.decoding.modes.speculative import speculative
from specedge.errors import SpecedgeError

if TYPE_CHECKING:
    from specedge.edge.turn import Turn

DEFAULT_MODE = "preemptive"


class UnknownMode(SpecedgeError):
    """A mode that is not one."""


@dataclass(frozen=True)
class Mode:
    """One way to decode.

    Attributes:
        run: Decodes one turn to its end.
        needs_draft, needs_verifier: Which models it works with.
    """

    name: str
    run: Callable[[Turn], None]
    needs_draft: bool = True
    needs_verifier: bool = True


MODES = {
    mode.name: mode
    for mode in (
        Mode("edge", edge, needs_verifier=False),
        Mode("cloud", cloud, needs_draft=False),
        Mode("speculative", speculative),
        Mode("preemptive", preemptive),
    )
}


def find_mode(name: str) -> Mode:
    """Returns a mode by its name.

    Raises:
        UnknownMode: there is none of that name.
    """
    if name in MODES:
        return MODES[name]
    known = ", ".join(MODES)
    if name == "streaming":
        raise UnknownMode(f"mode streaming is not in this release; take one of {known}")
    raise UnknownMode(f"{name!r} is not a mode; take one of {known}")
