"""One turn of a robot as the verifier serves it, whoever sets its pace."""

from __future__ import annotations

import logging
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.target import PassCancelled, TargetTurn
from specedge.decoding.tree import HintSource
from specedge.decoding.verdict import ExitGuess, Verdict
from specedge.errors import SpecedgeError
from specedge.protocol.messages import (
    LONGEST_FIELD,
    Begin,
    Failed,
    Hint,
    Message,
    Propose,
    Provisional,
    Resume,
    Verified,
)
from specedge.verifier.model_thread import AT_ONCE
from specedge.verifier.record import Cost, Record
from specedge.verifier.served import Served

_log = logging.getLogger(__name__)

MOST_WAITING = 256
"""Messages that a turn keeps while the model is busy."""


class TurnTooLong(SpecedgeError):
    """A turn has come to nothing new in its lifetime."""


class BadTurn(SpecedgeError):
    """A turn was begun with what no turn can have."""


class ServedTurn(ABC):
    """Reads the prompt, then does what its kind of turn does, step by step in the model thread.

    Args:
        served: What all turns share.
        begin: How the robot began it.
        frame: JPEG bytes of the camera frame.
        reply: Sends a message to the robot; safe from any thread.

    Attributes:
        accepts: The kind of message that the turn goes on with.
        stop: Ends the turn, a pass in progress at the next layer.
        served: What all turns share.
        deadline: Monotonic time at which it fails unless more of its text is known by then.
        inbox: Messages for the next step, with the monotonic time at which they came.
    """

    accepts: type[Hint | Propose]

    def __init__(
        self, served: Served, begin: Begin, frame: bytes, reply: Callable[[Message], None]
    ) -> None:
        self.begin = begin
        self.stop = threading.Event()
        self.served, self._frame, self._reply = served, frame, reply
        self.inbox: queue.SimpleQueue[tuple[float, Hint | Propose]] = queue.SimpleQueue()
        self.deadline = time.monotonic() + begin.lifetime
        self._target: TargetTurn | None = None
        self._failure: Failed | None = None
        self._record = Record()
        self._passes, self._seconds = 0, 0.0
        self._sent_at = time.monotonic()

    @property
    def version(self) -> int:
        """Number of choices that the robot has been told."""
        return len(self._record)

    def take(self, message: Hint | Propose) -> bool:
        """Keeps a message for the next step; false when it cannot, or too many are waiting."""
        if not isinstance(message, self.accepts) or self.inbox.qsize() >= MOST_WAITING:
            return False
        self.inbox.put((time.monotonic(), message))
        return True

    def resume(self, request: Resume) -> Message:
        """Returns what a robot has missed; safe from any thread, never waits for a pass."""
        if self._failure is not None:
            return self._failure
        return self._record.answer(request)

    def step(self) -> float | None:
        """Does one piece of work; see `Work`."""
        try:
            if not self.stop.is_set():
                return self._step()
        except PassCancelled:
            pass
        except SpecedgeError as error:
            self._fail(str(error))
        except Exception as error:  # one robot's turn must not end the service for all
            _log.exception("turn %d of %s failed", self.begin.turn, self.begin.session)
            self._fail(f"the verifier failed: {error!r}")
        # The keys and values of a turn that is over are worth more to others.
        self._target = None
        return None

    def _step(self) -> float | None:
        complete = self._target is not None and self._target.state.complete
        if time.monotonic() >= self.deadline and not complete:
            raise TurnTooLong(f"nothing new in the turn's lifetime of {self.begin.lifetime:g} s")
        if self._target is not None:
            return self.go_on(self._target)
        begin, started = self.begin, time.monotonic()
        self._target = self.served.engine.begin(
            self._frame,
            context_of(begin),
            Sampling(begin.temperature, begin.seed, top_k=begin.top_k, top_p=begin.top_p),
            self.stop,
        )
        self._seconds += time.monotonic() - started
        self.begun(self._target)
        return AT_ONCE

    @abstractmethod
    def begun(self, target: TargetTurn) -> None:
        """Does what there is to do as soon as the prompt has been read."""

    @abstractmethod
    def go_on(self, target: TargetTurn) -> float | None:
        """Does the next piece of work after the prompt; returns what `step` returns."""

    def tell_guess(self, version: int) -> Callable[[ExitGuess], None]:
        """Returns what tells the robot at each exit what is expected after ``version``."""

        def tell(guess: ExitGuess) -> None:
            self._reply(
                Provisional(
                    self.begin.session,
                    self.begin.turn,
                    version,
                    guess.layer,
                    list(guess.choices),
                    guess.accepted,
                    min(1.0, guess.confidence),
                )
            )

        return tell

    def count(self, verdict: Verdict) -> None:
        """Notes what a verdict has cost, until it is told."""
        self.served.counters.passes += verdict.passes
        self._passes += verdict.passes
        self._seconds += verdict.seconds
        if verdict.passes:
            self.served.pass_cost.add(verdict.tokens, verdict.seconds)

    def tell(
        self,
        version: int,
        choices: Sequence[int],
        accepted: int,
        sources: Sequence[HintSource],
        tokens: int,
        since: float = 0.0,
    ) -> None:
        """Tells the robot what stands after ``version``, and what it has cost since last time.

        Args:
            since: Monotonic time of the message that this answers, if it answers one.
        """
        now = time.monotonic()
        if choices:
            self.deadline = now + self.begin.lifetime
        queued = max(0.0, now - max(self._sent_at, since) - self._seconds)
        cost = Cost(self._passes, tokens, queued, self._seconds)
        self._record.add(version, choices, sources, cost)
        self._reply(
            Verified(
                self.begin.session,
                self.begin.turn,
                version,
                list(choices),
                accepted,
                [int(source) for source in sources],
                cost.passes,
                cost.tokens,
                cost.queued,
                cost.seconds,
            )
        )
        self._sent_at, self._passes, self._seconds = now, 0, 0.0

    def _fail(self, reason: str) -> None:
        self.stop.set()
        self._failure = Failed(self.begin.session, self.begin.turn, reason[:LONGEST_FIELD])
        self._reply(self._failure)


def context_of(begin: Begin) -> Context:
    """Returns what a turn's prompt is made of besides the frame.

    Raises:
        BadTurn: the goal is empty, or the outcome is none.
    """
    try:
        return Context(begin.goal, begin.last_command, begin.outcome)
    except ValueError as error:
        raise BadTurn(str(error)) from error
