"""What a turn asks of its verifier, so that it can be asked again."""

from __future__ import annotations

from collections.abc import Sequence

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.edge.account import Account
from specedge.edge.decoder import TurnFailed
from specedge.edge.exchange import Exchange
from specedge.edge.result import TraceKind
from specedge.edge.settings import DecoderSettings
from specedge.protocol.messages import (
    LARGEST_IMAGE,
    LONGEST_FIELD,
    Begin,
    Propose,
    Resume,
    Source,
)


class Requests:
    """The verifier's part of one turn: what was begun and proposed, and how far it has come.

    Args:
        number: Of the turn.
        exchange: Where messages go.
        account: Of the turn.
        settings: How to decode.

    Attributes:
        version: Choices that the verifier has verified, by its last word; fewer than the robot
            knows when it had to begin again.
    """

    def __init__(
        self, number: int, exchange: Exchange, account: Account, settings: DecoderSettings
    ) -> None:
        self.version = 0
        self._number = number
        self._exchange, self._account, self._settings = exchange, account, settings
        self._begun: tuple[Begin, bytes] | None = None
        self._proposed: list[int] | None = None

    def begin(
        self,
        frame: bytes,
        context: Context,
        sampling: Sampling,
        *,
        free: bool,
        sources: Sequence[Source],
        provisional: bool,
    ) -> None:
        """Sends the frame; see `specedge.protocol.messages.Begin`.

        Raises:
            TurnFailed: frame, goal or last command are larger than a verifier takes.
        """
        _require_fitting(frame, context)
        begin = Begin(
            self._exchange.session,
            self._number,
            context.goal,
            context.last_command,
            context.outcome,
            sampling.temperature,
            sampling.top_k,
            sampling.top_p,
            sampling.seed,
            free,
            list(sources),
            provisional,
            self._settings.patience,
            self._settings.answer_timeout,
        )
        self._begun = begin, frame
        self._account.note(TraceKind.BEGUN)
        self._exchange.send(begin, frame)

    def propose(self, text: Sequence[int], choices: Sequence[int]) -> None:
        """Asks whether some choices come next.

        Args:
            text: All verified choices.
            choices: What is proposed after them.
        """
        self._proposed = list(choices)
        self._account.drafted += len(choices)
        self._account.note(TraceKind.PROPOSED, len(text), len(choices))
        self._propose(text)

    def heard(self, version: int, *, new: bool) -> None:
        """Notes that the verifier has come to ``version``, with ``new`` text for the robot."""
        self.version = max(self.version, version)
        if new:
            self._proposed = None

    def ask_repeat(self) -> None:
        """Asks for what the verifier has said since its last word that was heard."""
        self._exchange.send(Resume(self._exchange.session, self._number, self.version))

    def resume(self, text: Sequence[int]) -> None:
        """Asks again for all that is awaited: an answer may be lost, or what it was to answer.

        A verifier that is still at work on it is not disturbed.

        Args:
            text: All verified choices.
        """
        self.ask_repeat()
        if self._proposed is not None:
            self._propose(text)

    def begin_again(self, text: Sequence[int]) -> None:
        """Begins anew with a verifier that has lost the turn: the same seed gives the same text."""
        assert self._begun is not None
        self.version = 0
        self._exchange.send(*self._begun)
        if self._proposed is not None:
            self._propose(text)

    def _propose(self, text: Sequence[int]) -> None:
        assert self._proposed is not None
        # A verifier that had to begin again is told what it has verified before.
        choices = [*text[self.version :], *self._proposed]
        self._exchange.send(Propose(self._exchange.session, self._number, self.version, choices))


def _require_fitting(frame: bytes, context: Context) -> None:
    # A verifier would not say so: it drops what is no message, and hangs up on larger frames.
    if len(frame) > LARGEST_IMAGE:
        raise TurnFailed(
            f"the frame has {len(frame)} bytes, a verifier takes {LARGEST_IMAGE}; "
            "have the camera take smaller pictures or compress them more"
        )
    for name, text in (("goal", context.goal), ("last command", context.last_command)):
        if len(text) > LONGEST_FIELD:
            raise TurnFailed(
                f"the {name} has {len(text)} characters, a verifier takes {LONGEST_FIELD}"
            )
