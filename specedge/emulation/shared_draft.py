"""One draft process for many decoders that take turns."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from specedge.edge.draft_messages import DraftFailed, DraftReady, FromDraft, StopDraft, ToDraft
from specedge.edge.drafter import DraftLink, OnDraft
from specedge.emulation.child import ControlledChild

STRIDE = 1 << 32
"""Turn numbers of each decoder, moved apart by so much: all of them count from one."""


class SharedDraft:
    """A draft model in a child process, which each decoder sees as its own.

    Loading a model for each of them would take longer than to measure them, and processes that
    only wait disturb those that work.

    Args:
        model: Folder or Hugging Face name of the draft.

    Raises:
        ChildFailed: it does not start.
    """

    def __init__(self, model: str) -> None:
        self._ports: dict[int, OnDraft] = {}
        self._numbers = itertools.count()
        self._child: ControlledChild | None = None
        self.link = DraftLink(self._route, self._check)
        command = [sys.executable, "-m", "specedge.emulation.draft_child"]
        command += ["--model", model, "--connect", self.link.endpoint]
        try:
            self._child = ControlledChild("the draft model", command)
        except BaseException:
            self.link.close()
            raise

    @property
    def pid(self) -> int:
        """Process id of the draft."""
        assert self._child is not None
        return self._child.pid

    def port(self, on_draft: OnDraft) -> DraftPort:
        """Returns the draft as one decoder sees it."""
        number = next(self._numbers)
        self._ports[number] = on_draft
        return DraftPort(self, number)

    def leave(self, number: int) -> None:
        """Forgets a decoder."""
        self._ports.pop(number, None)

    def set_step(self, seconds: float) -> None:
        """Changes the time of a step, and begins to count steps anew."""
        self._ask({"step_seconds": seconds})

    def report(self) -> dict[str, Any]:
        """Returns what `Stretch.report` says of the draft."""
        return self._ask({})

    def spoil(self, keep: float, references: Mapping[str, Sequence[int]]) -> None:
        """Changes how often what the draft has right is kept; see `SpoiledService`."""
        self._ask({"keep": keep, "references": references})

    def close(self) -> None:
        """Ends the process."""
        self.link.close()  # first: the end of the child is no news from here on
        assert self._child is not None
        self._child.close()

    def _check(self) -> str:
        return self._child.ended if self._child is not None else ""

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._child is not None
        return self._child.ask(request)

    def _route(self, message: FromDraft) -> None:
        if isinstance(message, DraftFailed) and message.turn == 0:
            for tell in list(self._ports.values()):
                tell(message)
        elif not isinstance(message, DraftReady):
            number, turn = divmod(message.turn, STRIDE)
            on_draft = self._ports.get(number)
            if on_draft is not None:
                on_draft(msgspec.structs.replace(message, turn=turn))


class DraftPort:
    """A `Drafter` that others use, too.

    Attributes:
        settled: Set when the model is loaded, or cannot be.
    """

    def __init__(self, shared: SharedDraft, number: int) -> None:
        self._shared, self._number = shared, number
        self.settled: threading.Event = shared.link.settled

    @property
    def lost(self) -> str:
        """Why a model that had been loaded is not there; "" otherwise."""
        return self._shared.link.lost

    def wait_ready(self, timeout: float) -> None:
        """Waits until the model is loaded; raises DraftLost when it is not."""
        self._shared.link.wait_ready(timeout)

    def send(self, message: ToDraft, *frames: bytes) -> None:
        """Hands over a message; never waits."""
        if not isinstance(message, StopDraft):
            turn = message.turn + self._number * STRIDE
            message = msgspec.structs.replace(message, turn=turn)
        self._shared.link.send(message, *frames)

    def close(self) -> None:
        """Leaves the draft to the others."""
        self._shared.leave(self._number)
