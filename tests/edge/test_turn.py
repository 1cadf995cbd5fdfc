"""A turn against a scripted verifier: what is dropped, what ends it, how soon."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import pytest

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.modes.cloud import cloud
from specedge.edge.decoder import TurnCancelled, TurnFailed, VerifierLost
from specedge.edge.turn import Inbox, Turn, TurnParts
from specedge.models.loading import LoadedModel
from specedge.protocol.link import LinkLost
from specedge.protocol.messages import Begin, Failed, FromRobot, Verified, encode
from tests.decoding import pair

NUMBER = 7
SESSION = "0123456789abcdef"


class ScriptedLink:
    """Says what a test tells it to say once the turn has begun."""

    def __init__(self, inbox: Inbox, say: Callable[[ScriptedLink], None]) -> None:
        self.session = SESSION
        self.sent: list[FromRobot] = []
        self._inbox = inbox
        self._say = say

    def send(self, message: FromRobot, *frames: bytes) -> int:
        self.sent.append(message)
        if isinstance(message, Begin):
            self._say(self)
        return len(encode(message))

    def put(self, answer: Verified | Failed | LinkLost) -> None:
        self._inbox.put((answer, 1))

    def verdict(
        self, version: int, token: int | None, turn: int = NUMBER, accepted: int = 0
    ) -> None:
        self.put(Verified(SESSION, turn, version, accepted, token, 1, 0.0))


def run(
    model: LoadedModel,
    say: Callable[[ScriptedLink], None],
    cancel: threading.Event | None = None,
    answer_timeout: float = 10.0,
) -> Turn:
    inbox: Inbox = queue.SimpleQueue()
    parts = TurnParts(
        pair.commands(model), inbox, ScriptedLink(inbox, say), None, 4, answer_timeout
    )
    turn = Turn(
        NUMBER,
        parts,
        b"frame",
        Context("sit"),
        Sampling(),
        lambda event: None,
        cancel or threading.Event(),
    )
    cloud(turn)
    return turn


def choices_of(model: LoadedModel, text: str) -> list[int]:
    """The choices by which a command is said."""
    state = pair.commands(model).start()
    while not state.complete:
        rest = text[len(state.text()) :]
        tokens = model.tokenizer.tokens.tokenize_str(rest)
        state.choose(tokens[0])
    assert state.text() == text
    return state.choices


@pytest.fixture(scope="module")
def choices(draft: LoadedModel) -> list[int]:
    return choices_of(draft, "order; sit.")


def test_stale_and_foreign_messages_are_dropped_and_counted(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink) -> None:
        link.verdict(0, choices[-1], turn=NUMBER - 1)
        link.verdict(5, choices[-1])
        link.put(Failed(SESSION, NUMBER - 1, "of the turn before"))
        for version, choice in enumerate(choices):
            link.verdict(version, choice)
            link.verdict(version, choice)

    result = run(draft, say).result()
    assert result.text == "order; sit."
    # All three, and each repetition but the one after the last.
    assert result.stale == 3 + len(choices) - 1


def test_a_verifier_that_leaves_the_grammar_fails_the_turn(draft: LoadedModel) -> None:
    with pytest.raises(TurnFailed, match="grammar"):
        run(draft, lambda link: link.verdict(0, draft.tokenizer.end))


def test_a_verifier_that_accepts_more_than_was_proposed_fails_the_turn(
    draft: LoadedModel, choices: list[int]
) -> None:
    with pytest.raises(TurnFailed, match="accepted more"):
        run(draft, lambda link: link.verdict(0, choices[0], accepted=2))


def test_the_verifiers_reason_reaches_the_caller(draft: LoadedModel) -> None:
    with pytest.raises(TurnFailed, match="not a picture"):
        run(draft, lambda link: link.put(Failed(SESSION, NUMBER, "the frame is not a picture")))


def test_a_lost_link_ends_the_turn_with_its_reason(draft: LoadedModel) -> None:
    with pytest.raises(VerifierLost, match="gone"):
        run(draft, lambda link: link.put(LinkLost("its connection is gone")))


def test_a_verifier_that_never_answers_is_lost_at_the_deadline(draft: LoadedModel) -> None:
    started = time.monotonic()
    with pytest.raises(VerifierLost, match="no answer"):
        run(draft, lambda link: None, answer_timeout=0.2)
    assert time.monotonic() - started >= 0.2


def test_a_cancelled_turn_ends_although_the_verifier_is_silent(draft: LoadedModel) -> None:
    cancel = threading.Event()
    with pytest.raises(TurnCancelled):
        run(draft, lambda link: cancel.set(), cancel)
