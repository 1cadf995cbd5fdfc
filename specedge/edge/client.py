"""The robot's decoder: a link to the verifier, a draft model in its own process, and a mode."""

from __future__ import annotations

import itertools
import queue
import secrets
import threading
import time
from collections.abc import Callable

from specedge.commands import GRAMMAR_VERSION, Context, grammar
from specedge.decoding.acceptance import Sampling
from specedge.decoding.grammar import CommandGrammar
from specedge.edge.decoder import (
    DecoderSettings,
    TokenEvent,
    TurnCancelled,
    TurnResult,
)
from specedge.edge.draft_messages import FromDraft, StopDraft
from specedge.edge.drafter import Drafter, DraftProcess, OnDraft
from specedge.edge.estimates import EdgeEstimates
from specedge.edge.exchange import CANCEL_POLL, Inbox
from specedge.edge.modes import Mode, find_mode
from specedge.edge.turn import Turn, TurnParts
from specedge.models.tokenizer import load_tokenizer
from specedge.paths import shared
from specedge.protocol.link import LinkBack, LinkLost, LinkSettings, TurnAnswer, VerifierLink

LOAD_TIMEOUT = 120.0
"""Seconds within which a draft model must be loaded."""


def open_decoder(settings: DecoderSettings) -> EdgeDecoder:
    """Opens a decoder; the draft model and the session are got ready in the background.

    Neither torch nor transformers is imported here: the draft model has its own process.

    Raises:
        UnknownMode: the mode is none, or is not there yet.
        ModelNotFound: the draft has no tokenizer.
        BadEndpoint: the verifier's endpoint is none.
    """
    model = settings.draft or str(shared("models", "nano", "draft"))

    def start_drafter(on_draft: OnDraft) -> Drafter:
        return DraftProcess(
            model,
            on_draft,
            threads=settings.draft_threads,
            device=settings.draft_device,
            quantise=settings.draft_quantise,
        )

    tokenizer = load_tokenizer(model)
    return EdgeDecoder(settings, model, CommandGrammar(tokenizer, grammar()), start_drafter)


class EdgeDecoder:
    """A `Decoder` over ZeroMQ; see there.

    Args:
        settings: How to decode.
        model: Name of the draft model, for the verifier's log.
        commands: The command grammar over the draft's tokenizer.
        start_drafter: Starts the draft model; called when the mode needs one.

    Attributes:
        estimates: What has been measured so far, over all turns.
    """

    def __init__(
        self,
        settings: DecoderSettings,
        model: str,
        commands: CommandGrammar,
        start_drafter: Callable[[OnDraft], Drafter],
    ) -> None:
        self.settings = settings
        self.estimates = EdgeEstimates(self._round_trip)
        self._mode: Mode = find_mode(settings.mode)
        self._grammar = commands
        self._inbox: Inbox = queue.SimpleQueue()
        self._turns = itertools.count(1)
        self._busy = threading.Lock()
        self._link = self._open_link(model) if self._mode.needs_verifier else None
        self._drafter: Drafter | None = None
        if self._mode.works_with_draft(settings.sources):
            try:
                self._drafter = start_drafter(self._hear)
            except BaseException:
                self.close()
                raise

    @property
    def connected(self) -> bool:
        """Whether the verifier has been heard lately; true in mode ``edge``."""
        return self._link is None or self._link.connected

    @property
    def missing(self) -> str:
        """What a turn would have to wait for before it could begin; "" when it need not."""
        missing = []
        drafter = self._awaited_drafter()
        if drafter is not None and not drafter.settled.is_set():
            missing.append("the draft model is being loaded")
        if self._link is not None and not self._link.settled.is_set():
            missing.append(f"no word yet from the verifier at {self.settings.cloud}")
        return "; ".join(missing)

    @property
    def impairment(self) -> str:
        """Why turns have to do without something; "" when they have all."""
        return "" if self._drafter is None else self._drafter.lost

    def wait_ready(
        self, timeout: float | None = None, *, cancel: threading.Event | None = None
    ) -> None:
        """Waits until the draft model is loaded and a session is open.

        Args:
            timeout: Seconds for each of them; by default those that `decode` would wait.
            cancel: Ends the wait when set.

        Raises:
            TurnCancelled, DraftLost, VerifierLost, VerifierRefused: as `decode` would.
        """
        cancel = cancel or threading.Event()
        drafter = self._awaited_drafter()
        if drafter is not None:
            _wait(drafter.settled, LOAD_TIMEOUT if timeout is None else timeout, cancel)
            drafter.wait_ready(0.0)
        if self._link is not None:
            patience = self.settings.connect_timeout if timeout is None else timeout
            _wait(self._link.settled, patience, cancel)
            self._link.wait_open(0.0)

    def decode(
        self,
        frame: bytes,
        context: Context,
        *,
        seed: int,
        temperature: float,
        on_event: Callable[[TokenEvent], None],
        cancel: threading.Event,
    ) -> TurnResult:
        """Decodes one command; see `Decoder.decode`."""
        with self._busy:
            while True:
                # Before the link is looked at: a loss after that is this turn's own.
                self._drop_leftovers()
                self.wait_ready(cancel=cancel)
                if self._inbox.empty():
                    break
            settings = self.settings
            parts = TurnParts(
                settings,
                self._grammar,
                self._inbox,
                self._link,
                self._awaited_drafter(),
                self.estimates,
            )
            sampling = Sampling(temperature, seed, top_k=settings.top_k, top_p=settings.top_p)
            turn = Turn(next(self._turns), parts, frame, context, sampling, on_event, cancel)
            try:
                self._mode.run(turn)
            except BaseException:
                turn.abandon()
                raise
            finally:
                if self._drafter is not None:
                    self._drafter.send(StopDraft())
            return turn.result()

    def close(self) -> None:
        """Ends the session, the draft's process and all threads."""
        if self._link is not None:
            self._link.close()
        if self._drafter is not None:
            self._drafter.close()

    def _awaited_drafter(self) -> Drafter | None:
        """Returns the draft model, unless it is lost and the mode can do without."""
        if self._drafter is None or (self._mode.by_hints and self._drafter.lost):
            return None
        return self._drafter

    def _open_link(self, model: str) -> VerifierLink:
        settings = self.settings
        return VerifierLink(
            LinkSettings(settings.cloud, settings.heartbeat, settings.silence, settings.keys),
            tokenizer=self._grammar.tokenizer.fingerprint,
            grammar=GRAMMAR_VERSION,
            draft=model,
            session=secrets.token_hex(8),
            on_answer=self._hear,
        )

    def _hear(self, message: TurnAnswer | LinkLost | LinkBack | FromDraft, size: int = 0) -> None:
        # Between turns there is nobody to judge it, and it must not pile up.
        if self._busy.locked():
            self._inbox.put((message, size))

    def _round_trip(self) -> float:
        return 0.0 if self._link is None else self._link.round_trip.mean

    def _drop_leftovers(self) -> None:
        """Takes out what came between turns."""
        while True:
            try:
                self._inbox.get_nowait()
            except queue.Empty:
                return


def _wait(settled: threading.Event, timeout: float, cancel: threading.Event) -> None:
    deadline = time.monotonic() + timeout
    while not settled.wait(CANCEL_POLL) and time.monotonic() < deadline:
        if cancel.is_set():
            raise TurnCancelled("the turn was cancelled before it began")
