"""What one turn says to its verifier and its draft, and hears from both, whatever the link does."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from specedge.edge.account import Account
from specedge.edge.decoder import TurnCancelled, TurnFailed, VerifierLost
from specedge.edge.draft_messages import DraftFailed, Expanded, FromDraft
from specedge.edge.result import TraceKind
from specedge.protocol.link import LinkBack, LinkLost, TurnAnswer
from specedge.protocol.messages import Failed, FromRobot, Lost, Provisional, Verified

CANCEL_POLL = 0.01
"""Seconds between looks at the cancel event; it cannot be waited for together with a queue."""

ASK_AGAIN = 1.0
"""Seconds without progress after which the verifier is to be asked again; see `Quiet`."""


@dataclass(frozen=True)
class Quiet:
    """The turn has not come on for `ASK_AGAIN`, or not since it was last told so.

    Maybe the verifier takes its time. But an answer may be lost on a link that is up: a late packet
    of the connection before draws what is said after it to where nobody hears it.
    """


Heard = Provisional | Verified | Lost | LinkBack | Quiet | Expanded | DraftFailed
"""What is for a turn to judge; all else is dropped or ends it."""

Inbox = queue.SimpleQueue["tuple[TurnAnswer | LinkLost | LinkBack | FromDraft, int]"]


class Link(Protocol):
    """The part of a `VerifierLink` that a turn uses."""

    session: str

    def send(self, message: FromRobot, *frames: bytes) -> int:
        """Sends a message; returns its size in bytes without the frames."""


class Exchange:
    """The messages of one turn.

    While the link is lost nothing of the verifier is let through, so that nobody is told anything
    new; what it had to say it repeats when the link is back.

    Args:
        number: Of the turn.
        inbox: What link and draft say.
        link: To the verifier; None where there is none.
        account: What the messages cost.
        cancel: Ends the turn when set.
        answer_timeout: Seconds within which the turn must be brought on; see `progressed`.
        resume_timeout: Seconds within which a lost link must come back.
    """

    def __init__(
        self,
        number: int,
        inbox: Inbox,
        link: Link | None,
        account: Account,
        cancel: threading.Event,
        *,
        answer_timeout: float,
        resume_timeout: float,
    ) -> None:
        self._number, self._inbox, self._link = number, inbox, link
        self._account, self._cancel = account, cancel
        self._answer_timeout, self._resume_timeout = answer_timeout, resume_timeout
        self._lost: LinkLost | None = None
        self._lost_at = 0.0
        self._progressed_at = self._quiet_since = time.monotonic()

    @property
    def session(self) -> str:
        """Name of the session."""
        return self._open_link.session

    def send(self, message: FromRobot, *frames: bytes) -> bool:
        """Sends a message, unless the link is lost; returns whether it did."""
        if self._lost is not None:
            return False
        self._account.bytes_up += self._open_link.send(message, *frames)
        return True

    def progressed(self) -> None:
        """Allows the next step its time: no message as such does, so that none can hold a turn."""
        self._progressed_at = self._quiet_since = time.monotonic()

    def receive(self, *, wait: bool = True) -> Heard | None:
        """Returns the next message, or None where there is none to judge.

        Args:
            wait: Whether to wait for one.

        Raises:
            TurnCancelled: the cancel event is set.
            TurnFailed: verifier or draft said so.
            VerifierLost: the link is lost and not back in time, or the turn does not come on.
        """
        try:
            message, size = self._take() if wait else self._inbox.get_nowait()
        except queue.Empty:
            return None
        if isinstance(message, LinkLost):
            self._lose(message)
        elif isinstance(message, LinkBack):
            return self._find(message)
        elif isinstance(message, DraftFailed):
            return self._judge_failure(message)
        elif isinstance(message, Quiet):
            return message
        elif isinstance(message, Expanded):
            return message if message.turn == self._number else None
        elif isinstance(message, Failed | Lost | Provisional | Verified):
            return self._judge(message, size)
        return None

    @property
    def _open_link(self) -> Link:
        assert self._link is not None, "this mode has no verifier"
        return self._link

    def _take(self) -> tuple[TurnAnswer | LinkLost | LinkBack | FromDraft | Quiet, int]:
        while not self._cancel.is_set():
            now = time.monotonic()
            if self._lost is not None and now - self._lost_at >= self._resume_timeout:
                raise VerifierLost(self._lost.reason)
            if now - self._progressed_at > self._answer_timeout:
                raise VerifierLost(
                    f"turn {self._number} has not come on for {self._answer_timeout:.1f} s"
                )
            if self._is_quiet(now):
                self._quiet_since = now
                return Quiet(), 0
            with contextlib.suppress(queue.Empty):
                return self._inbox.get(timeout=CANCEL_POLL)
        raise TurnCancelled(f"turn {self._number} was cancelled")

    def _is_quiet(self, now: float) -> bool:
        up = self._link is not None and self._lost is None
        return up and now - self._quiet_since >= ASK_AGAIN

    def _lose(self, lost: LinkLost) -> None:
        if self._resume_timeout <= 0.0:
            raise VerifierLost(lost.reason)
        if self._lost is None:
            self._lost, self._lost_at = lost, time.monotonic()
            self._account.note(TraceKind.LOST)

    def _find(self, back: LinkBack) -> LinkBack | None:
        if self._lost is None:
            return None
        self._lost = None
        self._quiet_since = time.monotonic()  # all is asked for now
        self._account.resumes += 1
        self._account.note(TraceKind.RESUMED)
        return back

    def _judge_failure(self, failure: DraftFailed) -> DraftFailed | None:
        """Returns it if it concerns this turn; whether that can do without is the turn's to say."""
        return failure if failure.turn in (0, self._number) else None

    def _judge(
        self, message: Failed | Lost | Provisional | Verified, size: int
    ) -> Lost | Provisional | Verified | None:
        self._account.bytes_down += size
        if message.turn != self._number or self._lost is not None:
            self._account.stale += 1
            return None
        if isinstance(message, Failed):
            raise TurnFailed(message.reason)
        return message
