"""One turn at the edge: what a mode may do, and the account of what it did."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.grammar import CommandGrammar, GrammarError, GrammarState, require_room
from specedge.edge.account import Account
from specedge.edge.decoder import (
    DraftLost,
    TokenEvent,
    TokenKind,
    TokenSource,
    TurnCancelled,
    TurnFailed,
    TurnResult,
    VerifierLost,
)
from specedge.edge.draft_messages import BeginDraft, Drafted, DraftFailed, DraftFrom, FromDraft
from specedge.edge.drafter import Drafter
from specedge.protocol.link import LinkLost, TurnAnswer
from specedge.protocol.messages import (
    Begin,
    Cancel,
    Failed,
    FromRobot,
    Propose,
    Provisional,
    Verified,
)

CANCEL_POLL = 0.01
"""Seconds between looks at the cancel event; it cannot be waited for together with a queue."""

Inbox = queue.SimpleQueue["tuple[TurnAnswer | LinkLost | FromDraft, int]"]


class Link(Protocol):
    """The part of a `VerifierLink` that a turn uses."""

    session: str

    def send(self, message: FromRobot, *frames: bytes) -> int:
        """Sends a message; returns its size in bytes without the frames."""


@dataclass
class Draft:
    """Choices drafted after a prefix; grows while the draft model works.

    Attributes:
        prefix: All choices of the turn before it.
        count: How many it will have, unless the text ends before.
    """

    prefix: list[int]
    count: int
    choices: list[int] = field(default_factory=list)
    ended: bool = False

    @property
    def full(self) -> bool:
        """Whether there is no more to come."""
        return self.ended or len(self.choices) >= self.count


@dataclass(frozen=True)
class TurnParts:
    """What a turn works with; ``link`` and ``drafter`` only where its mode needs them."""

    grammar: CommandGrammar
    inbox: Inbox
    link: Link | None
    drafter: Drafter | None
    gamma: int
    answer_timeout: float


class Turn:
    """One turn as a mode sees it.

    Attributes:
        gamma: Choices to draft for one verification.
        state: The verified text.
        account: What it has cost so far.
    """

    def __init__(
        self,
        number: int,
        parts: TurnParts,
        frame: bytes,
        context: Context,
        sampling: Sampling,
        on_event: Callable[[TokenEvent], None],
        cancel: threading.Event,
    ) -> None:
        self.number = number
        self.gamma = parts.gamma
        self.state = parts.grammar.start()
        self.account = Account()
        self._parts = parts
        self._frame, self._context, self._sampling = frame, context, sampling
        self._on_event, self._cancel = on_event, cancel
        self._proposed: list[int] = []
        self._requests = 0
        self._drafting: Draft | None = None

    @property
    def complete(self) -> bool:
        """Whether the whole command is verified."""
        return self.state.complete

    @property
    def version(self) -> int:
        """Number of verified choices."""
        return len(self.state.choices)

    # The verifier -------------------------------------------------------------------------------

    def begin(self, *, streamed: bool = False, provisional: bool = False) -> None:
        """Sends the frame to the verifier, which starts to read it at once."""
        context, sampling = self._context, self._sampling
        self._send(
            Begin(
                self._link.session,
                self.number,
                context.goal,
                context.last_command,
                context.outcome,
                sampling.temperature,
                sampling.seed,
                streamed,
                provisional,
            ),
            self._frame,
        )

    def propose(self, choices: Sequence[int]) -> None:
        """Asks the verifier whether these choices come next."""
        self._proposed = list(choices)
        self.account.drafted += len(choices)
        self._tell_drafted(self.state.fork(), choices, TokenSource.DRAFT)
        self._send(Propose(self._link.session, self.number, self.version, self._proposed))

    def answers(self) -> Iterator[Provisional]:
        """Yields what the exits expect, and ends when the verdict has come and been settled."""
        while True:
            message = self._receive()
            if isinstance(message, Verified):
                self._settle(message)
                return
            if isinstance(message, Provisional):
                self.account.guess(message)
                self._tell_guess(message)
                yield message

    def wait_verdict(self) -> None:
        """Waits for the verdict on the proposal and settles it."""
        for _ in self.answers():
            pass

    # The draft ----------------------------------------------------------------------------------

    def begin_draft(self) -> None:
        """Sends the frame to the draft model."""
        context, sampling = self._context, self._sampling
        self._drafter.send(
            BeginDraft(
                self.number,
                context.goal,
                context.last_command,
                context.outcome,
                sampling.temperature,
                sampling.seed,
            ),
            self._frame,
        )

    def start_draft(self, after: Sequence[int] = (), count: int | None = None) -> Draft:
        """Begins to draft after the verified text and ``after``; what was in progress stops."""
        draft = Draft([*self.state.choices, *after], self.gamma if count is None else count)
        self._resume(draft)
        return draft

    def finish_draft(self, draft: Draft) -> list[int]:
        """Waits until a draft is full, and returns its choices."""
        while self.grow_draft(draft):
            pass
        return draft.choices

    def grow_draft(self, draft: Draft) -> bool:
        """Waits for the next choice of a draft; false when there is no more to come."""
        if draft.full:
            return False
        if self._drafting is not draft:
            self._resume(draft)
        length = len(draft.choices)
        while len(draft.choices) == length:
            self._receive()
        return True

    def accept(self, choices: Sequence[int], source: TokenSource) -> None:
        """Takes choices into the verified text.

        Raises:
            TurnFailed: the grammar does not allow them.
            CommandTooLong: the text should have ended.
        """
        for choice in choices:
            require_room(self.state)
            position = self.state.position
            try:
                forced = self.state.choose(choice)
            except GrammarError as error:
                raise TurnFailed(
                    f"a model said what the grammar does not allow: {error}"
                ) from error
            sources = [source, *[TokenSource.FORCED] * len(forced)]
            self._tell(TokenKind.VERIFIED, position, [choice, *forced], sources)
        self.account.verified(self.state, self.complete)

    def result(self) -> TurnResult:
        """Returns the account of a complete turn."""
        return self.account.result(self.state)

    def abandon(self) -> None:
        """Tells the verifier that the turn is over, for whatever reason."""
        if self._parts.link is not None:
            self._parts.link.send(Cancel(self._parts.link.session, self.number))

    # Within -------------------------------------------------------------------------------------

    @property
    def _link(self) -> Link:
        assert self._parts.link is not None, "this mode has no verifier"
        return self._parts.link

    @property
    def _drafter(self) -> Drafter:
        assert self._parts.drafter is not None, "this mode has no draft model"
        return self._parts.drafter

    def _send(self, message: FromRobot, *frames: bytes) -> None:
        self.account.bytes_up += self._link.send(message, *frames)

    def _resume(self, draft: Draft) -> None:
        self._requests += 1
        self._drafting = draft
        choices = [*draft.prefix, *draft.choices]
        missing = draft.count - len(draft.choices)
        self._drafter.send(DraftFrom(self.number, self._requests, choices, missing))

    def _receive(self) -> Provisional | Verified | None:
        """Waits for the next message; one of the draft is noted and gives None."""
        message, size = self._wait()
        if isinstance(message, LinkLost):
            raise VerifierLost(message.reason)
        if isinstance(message, DraftFailed):
            if message.turn == 0:
                raise DraftLost(message.reason)
            if message.turn == self.number:
                raise TurnFailed(message.reason)
        elif isinstance(message, Drafted):
            if message.turn == self.number and message.request == self._requests:
                assert self._drafting is not None
                self._drafting.choices.append(message.token)
                self._drafting.ended = message.complete
        elif isinstance(message, Failed | Provisional | Verified):
            self.account.bytes_down += size
            if message.turn != self.number:
                self.account.stale += 1
            elif isinstance(message, Failed):
                raise TurnFailed(message.reason)
            elif message.version != self.version:
                self.account.stale += 1
            else:
                return message
        return None

    def _wait(self) -> tuple[TurnAnswer | LinkLost | FromDraft, int]:
        deadline = time.monotonic() + self._parts.answer_timeout
        while not self._cancel.is_set():
            try:
                return self._parts.inbox.get(timeout=CANCEL_POLL)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise VerifierLost(
                        f"no answer to turn {self.number} for {self._parts.answer_timeout:.1f} s"
                    ) from None
        raise TurnCancelled(f"turn {self.number} was cancelled")

    def _settle(self, verdict: Verified) -> None:
        if verdict.accepted > len(self._proposed):
            raise TurnFailed("the verifier accepted more than was proposed")
        self.account.settle(verdict)
        kept, refused = self._proposed[: verdict.accepted], self._proposed[verdict.accepted :]
        self._proposed = []
        fork = self.state.fork()
        self.accept(kept, TokenSource.DRAFT)
        if refused:
            fork.rebase([*fork.choices, *kept])
            self._tell_drafted(fork, refused, TokenSource.DRAFT, TokenKind.REJECTED)
        if verdict.token is not None:
            self.accept([verdict.token], TokenSource.TARGET)

    def _tell_drafted(
        self,
        state: GrammarState,
        choices: Sequence[int],
        source: TokenSource,
        kind: TokenKind = TokenKind.DRAFTED,
        exit_layer: int = -1,
    ) -> None:
        position, ids, sources = state.position, list[int](), list[TokenSource]()
        for choice in choices:
            if not state.allows(choice):
                break
            forced = state.choose(choice)
            ids += [choice, *forced]
            sources += [source, *[TokenSource.FORCED] * len(forced)]
        if ids:
            self._tell(kind, position, ids, sources, exit_layer)

    def _tell_guess(self, guess: Provisional) -> None:
        stand = self._proposed[: guess.accepted]
        if guess.token is not None and guess.accepted <= len(self._proposed):
            fork = self.state.fork()
            fork.rebase([*fork.choices, *stand])
            self._tell_drafted(
                fork, [guess.token], TokenSource.EXIT, TokenKind.DRAFTED, guess.layer
            )

    def _tell(
        self,
        kind: TokenKind,
        position: int,
        ids: list[int],
        sources: list[TokenSource],
        exit_layer: int = -1,
    ) -> None:
        tokenizer = self._parts.grammar.tokenizer
        texts = tuple(tokenizer.text([token]) for token in ids)
        self._on_event(
            TokenEvent(
                kind, position, tuple(ids), texts, tuple(sources), exit_layer, self.account.elapsed
            )
        )
