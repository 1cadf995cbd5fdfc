"""A verifier and a draft model that say what a test tells them to, for turns without sockets."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.edge.decoder import DecoderSettings, TokenEvent
from specedge.edge.draft_messages import Candidate, DraftFailed, Expand, Expanded, ToDraft
from specedge.edge.estimates import EdgeEstimates
from specedge.edge.exchange import Inbox
from specedge.edge.modes import find_mode
from specedge.edge.turn import Turn, TurnParts
from specedge.models.loading import LoadedModel
from specedge.protocol.link import LinkBack, LinkLost, TurnAnswer
from specedge.protocol.messages import FromRobot, Provisional, Verified, encode
from tests.decoding import pair

NUMBER = 7
SESSION = "0123456789abcdef"


class ScriptedLink:
    """Answers each message with what a test says to it."""

    def __init__(self, inbox: Inbox, say: Callable[[ScriptedLink, FromRobot], None]) -> None:
        self.session = SESSION
        self.sent: list[FromRobot] = []
        self._inbox = inbox
        self._say = say

    def send(self, message: FromRobot, *frames: bytes) -> int:
        self.sent.append(message)
        self._say(self, message)
        return len(encode(message))

    def put(self, answer: TurnAnswer | LinkLost | LinkBack | DraftFailed) -> None:
        self._inbox.put((answer, 1))

    def verdict(
        self, version: int, *choices: int, turn: int = NUMBER, sources: list[int] | None = None
    ) -> None:
        said = list(choices)
        sources = [0] * len(said) if sources is None else sources
        self.put(Verified(SESSION, turn, version, said, 0, sources, 1, 1, 0.0, 0.0))

    def guess(self, version: int, *choices: int, confidence: float = 0.99) -> None:
        self.put(Provisional(SESSION, NUMBER, version, 1, list(choices), 0, confidence))


class ScriptedDrafter:
    """Answers the steps of a request at once, as a test says what follows a text."""

    lost = ""

    def __init__(
        self, inbox: Inbox, follow: Callable[[list[int]], list[tuple[int, float]]]
    ) -> None:
        self.most_steps = 100
        self.settled = threading.Event()
        self.settled.set()
        self.asked: list[Expand] = []
        self._inbox, self._follow = inbox, follow

    def wait_ready(self, timeout: float) -> None:
        """It always is."""

    def send(self, message: ToDraft, *frames: bytes) -> None:
        if isinstance(message, Expand):
            self.asked.append(message)
            texts = [list(prefix) for prefix in message.prefixes]
            for _ in range(min(message.steps, self.most_steps)):
                texts = self._step(message, texts)

    def _step(self, request: Expand, texts: list[list[int]]) -> list[list[int]]:
        """Answers one step; returns the texts that go on."""
        if not texts:
            return []
        said = [
            [Candidate(token, likely, False) for token, likely in self._follow(text)]
            for text in texts
        ]
        self._inbox.put((Expanded(request.turn, request.request, texts, said, 0.01), 0))
        return [
            [*text, candidates[0].token]
            for text, candidates in zip(texts, said, strict=True)
            if candidates
        ]

    def close(self) -> None:
        """There is nothing to end."""


class Stage:
    """One turn between a scripted verifier and a scripted draft."""

    def __init__(
        self,
        model: LoadedModel,
        say: Callable[[ScriptedLink, FromRobot], None],
        follow: Callable[[list[int]], list[tuple[int, float]]] = lambda prefix: [],
        cancel: threading.Event | None = None,
        settings: DecoderSettings | None = None,
    ) -> None:
        self.events: list[TokenEvent] = []
        self.estimates = EdgeEstimates()
        inbox: Inbox = queue.SimpleQueue()
        self.settings = settings or DecoderSettings(mode="cloud", answer_timeout=10.0)
        self.link = ScriptedLink(inbox, say)
        self.drafter = ScriptedDrafter(inbox, follow)
        self.turn = Turn(
            NUMBER,
            TurnParts(
                self.settings,
                pair.commands(model),
                inbox,
                self.link,
                self.drafter,
                self.estimates,
            ),
            b"frame",
            Context("sit"),
            Sampling(),
            self.events.append,
            cancel or threading.Event(),
        )

    def run(self) -> Turn:
        find_mode(self.settings.mode).run(self.turn)
        return self.turn


def choices_of(model: LoadedModel, text: str) -> list[int]:
    """Returns the choices by which a command is said."""
    state = pair.commands(model).start()
    while not state.complete:
        rest = text[len(state.text()) :]
        tokens = model.tokenizer.tokens.tokenize_str(rest)
        state.choose(tokens[0])
    assert state.text() == text
    return state.choices
