"""One turn at the edge: what a mode may do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.grammar import CommandGrammar, GrammarState
from specedge.edge.account import CLIENT, Account
from specedge.edge.decoder import TokenEvent, TokenSource, TurnFailed, TurnResult
from specedge.edge.draft_messages import DraftFailed, Expanded
from specedge.edge.draft_tree import DraftTree
from specedge.edge.drafter import Drafter
from specedge.edge.drafting import Drafting
from specedge.edge.estimates import EdgeEstimates
from specedge.edge.exchange import Exchange, Heard, Inbox, Link, Quiet
from specedge.edge.hinting import Hinting
from specedge.edge.requests import Requests
from specedge.edge.result import TraceKind
from specedge.edge.settings import DecoderSettings
from specedge.edge.verified import VerifiedText
from specedge.protocol.link import LinkBack
from specedge.protocol.messages import (
    MOST_CHOICES,
    Cancel,
    Lost,
    Provisional,
    Source,
    Verified,
)

SOURCE_OF = (TokenSource.TARGET, TokenSource.DRAFT, TokenSource.SELF, TokenSource.HISTORY)
"""Who had a choice first, by its number in `Verified`."""


@dataclass(frozen=True)
class TurnParts:
    """What a turn works with; ``link`` and ``drafter`` only where its mode needs them."""

    settings: DecoderSettings
    grammar: CommandGrammar
    inbox: Inbox
    link: Link | None
    drafter: Drafter | None
    estimates: EdgeEstimates


class Turn:
    """One turn as a mode sees it.

    Attributes:
        settings: How to decode.
        estimates: What has been measured, in this turn and before.
        account: What the turn has cost so far.
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
        self.settings, self.estimates = parts.settings, parts.estimates
        self.account = Account()
        self._text = VerifiedText(parts.grammar, on_event, lambda: self.account.elapsed)
        self._drafting = Drafting(number, parts.drafter, parts.estimates, self.account)
        self._link = parts.link
        self._exchange = Exchange(
            number,
            parts.inbox,
            parts.link,
            self.account,
            cancel,
            answer_timeout=parts.settings.answer_timeout,
            resume_timeout=parts.settings.resume_timeout,
        )
        self._requests = Requests(number, self._exchange, self.account, parts.settings)
        self._hinting = Hinting(number, self._drafting.tree, self._exchange, self.account)
        self._frame, self._context, self._sampling = frame, context, sampling
        self._heard: float | None = None

    @property
    def state(self) -> GrammarState:
        """The verified text."""
        return self._text.state

    @property
    def complete(self) -> bool:
        """Whether the whole command is verified."""
        return self.state.complete

    @property
    def version(self) -> int:
        """Number of verified choices."""
        return len(self.state.choices)

    @property
    def verifier_version(self) -> int:
        """Choices that the verifier has verified, by its last word; see `Requests`."""
        return self._requests.version

    @property
    def waited(self) -> float | None:
        """Seconds since the verifier's last word; None before its first since it began."""
        return None if self._heard is None else time.monotonic() - self._heard

    @property
    def tree(self) -> DraftTree:
        """What the draft expects around the verified text."""
        return self._drafting.tree

    # The verifier -------------------------------------------------------------------------------

    def begin(
        self, *, free: bool, sources: Sequence[Source] = (), provisional: bool = False
    ) -> None:
        """Sends the frame to the verifier, which starts to read it at once.

        Args:
            free: Whether it goes on by itself, pass after pass, or waits for proposals.
            sources: Where it may take candidates from, when it goes on by itself.
            provisional: Whether its exits are to tell what they expect.

        Raises:
            TurnFailed: frame or goal are larger than a verifier takes.
        """
        self._requests.begin(
            self._frame,
            self._context,
            self._sampling,
            free=free,
            sources=sources,
            provisional=provisional,
        )

    def propose(self, choices: Sequence[int]) -> None:
        """Asks the verifier whether these choices come next; its answer is news."""
        self._exchange.progressed()  # the verifier has its whole time to answer
        self._requests.propose(self.state.choices, choices)
        self._text.show(choices)

    def hint(self, passed: float, least: float) -> None:
        """Sends what has been drafted and not been sent, in one message if there is any.

        Args:
            passed: Choices that the verifier will have by itself when the message arrives.
            least: Survival below which a choice is not worth a hint.
        """
        self._hinting.send(self.verifier_version, passed, least)
        self._text.show(self.tree.line(MOST_CHOICES - self.version))

    # The draft ----------------------------------------------------------------------------------

    @property
    def has_draft(self) -> bool:
        """Whether there is a draft model to ask."""
        return self._drafting.possible

    def begin_draft(self, *, needed: bool = True) -> None:
        """Sends the frame to the draft model.

        Args:
            needed: Whether the turn is over, with DraftLost, if the draft model is lost.
        """
        self._drafting.begin(self._frame, self._context, self._sampling, needed=needed)

    def ask_draft(self, texts: Sequence[Sequence[int]], steps: int) -> None:
        """Has the draft go on after these texts, from the turn's beginning; see `Drafting.ask`."""
        self._drafting.ask(texts, steps)

    # Both ---------------------------------------------------------------------------------------

    def wait(self) -> None:
        """Waits for news of verifier or draft, and takes it in.

        Raises:
            SpecedgeError: the turn is over; see `Decoder.decode`.
        """
        while not self._take_in(self._exchange.receive(wait=True)):
            pass

    def poll(self) -> bool:
        """Takes in news if there is some by now, and returns whether there was.

        Raises:
            SpecedgeError: as above.
        """
        return self._take_in(self._exchange.receive(wait=False))

    def accept(self, choices: Sequence[int], source: TokenSource) -> None:
        """Takes choices into the verified text without a verifier.

        Raises:
            TurnFailed, CommandTooLong: as `VerifiedText.accept`.
        """
        self._exchange.progressed()
        self._text.accept(choices, [source] * len(choices))
        self.account.verified(self._text)
        self.tree.advance(choices)

    def result(self) -> TurnResult:
        """Returns the account of a complete turn."""
        return self.account.result(self._text, self.estimates.round_trip)

    def abandon(self) -> None:
        """Tells the verifier that the turn is over, for whatever reason."""
        if self._link is not None:
            self._link.send(Cancel(self._link.session, self.number))

    # Within -------------------------------------------------------------------------------------

    def _take_in(self, message: Heard | None) -> bool:
        """Returns whether a message brought a mode something to act on."""
        if isinstance(message, Expanded):
            self._drafting.take(message)
        elif isinstance(message, Verified):
            return self._settle(message)
        elif isinstance(message, Provisional):
            return self._expect(message)
        elif isinstance(message, DraftFailed):
            self._drafting.lose(message.reason)
            return False
        elif isinstance(message, LinkBack):
            self._requests.resume(self.state.choices)
            self._restart()
        elif isinstance(message, Quiet):
            # The hints have arrived: what gets lost without a word is on its way to the robot.
            self._requests.resume(self.state.choices)
            return False
        elif isinstance(message, Lost):
            self._requests.begin_again(self.state.choices)
            self._restart()
        else:
            return False
        return True

    def _settle(self, verdict: Verified) -> bool:
        """Takes in a verdict; returns whether it says more than is known."""
        version = self.version
        if verdict.version > version:
            # Something got lost on the way: what came before this verdict.
            self.account.stale += 1
            self._requests.ask_repeat()
            return False
        said = verdict.choices
        known = self.state.choices[verdict.version :]
        shared = min(len(known), len(said))
        if known[:shared] != said[:shared]:
            raise TurnFailed("the verifier contradicts what it has verified before")
        choices, sources = said[shared:], verdict.sources[shared:]
        self._requests.heard(verdict.version + len(said), new=bool(choices))
        if not choices:
            # Without a choice it says that nothing was missed.
            self.account.stale += bool(said)
            return False
        if len(sources) < len(choices):
            raise TurnFailed("the verifier does not say who had its choices first")
        if verdict.version > 0:  # the first verdict's time is the prompt's, too
            self.estimates.verified(verdict, sum(source != CLIENT for source in sources))
        for guess in self.account.verdict(verdict, choices, sources):
            right = choices[: len(guess.choices)] == guess.choices
            self.estimates.exits[guess.layer].observe(guess.confidence, right)
        self._heard = time.monotonic()
        self._exchange.progressed()
        self._text.accept(choices, [SOURCE_OF[source] for source in sources])
        self.account.verified(self._text)
        if self.tree.advance(choices):
            self.account.note(TraceKind.REBASED, version, len(choices))
        return True

    def _expect(self, guess: Provisional) -> bool:
        """Takes in what an exit expects; returns whether that is of the present text."""
        repeated = self.account.has_guess(guess.layer)
        if guess.version != self.version or repeated or not self._text.allows(guess.choices):
            self.account.stale += 1
            return False
        self.account.guess(guess)
        self._text.show_guess(guess.choices, guess.accepted, guess.layer)
        confidence = self.estimates.exits[guess.layer](guess.confidence)
        if self.tree.believe(guess.choices, confidence):
            self.account.note(TraceKind.REBASED, guess.version, len(guess.choices))
        return True

    def _restart(self) -> None:
        """Forgets which hints were sent: the link was lost, and they may not have arrived."""
        self._heard = None
        self._hinting.forget()
