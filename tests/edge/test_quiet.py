"""A verifier that says nothing on a link that is up: it is asked again, and takes no harm by it."""

from __future__ import annotations

import contextlib
import threading
import types
from collections.abc import Iterator
from typing import cast

import pytest
import zmq

from specedge.commands import Context
from specedge.decoding.target import TargetEngine
from specedge.edge import client, exchange
from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import DecoderSettings, TurnFailed, VerifierLost
from specedge.edge.drafter import Drafter, OnDraft
from specedge.edge.result import TraceKind
from specedge.errors import SpecedgeError
from specedge.models.loading import LoadedModel
from specedge.protocol.link import LinkLost
from specedge.protocol.messages import Begin, FromRobot, Hint, Ping, Propose, Resume, encode
from specedge.verifier.server import VerifierServer
from tests.decoding import pair
from tests.edge.script import NUMBER, SESSION, ScriptedLink, Stage, choices_of

TEXT = "order; sit."
PATIENT = 20.0
"""Seconds of silence that are no failure here: other tests use the same processors."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "ASK_AGAIN", 0.05)


@pytest.fixture(scope="module")
def choices(draft: LoadedModel) -> list[int]:
    return choices_of(draft, TEXT)


def settings(mode: str) -> DecoderSettings:
    return DecoderSettings(mode=mode, gamma=2, answer_timeout=PATIENT)


def sent(link: ScriptedLink, kind: type[FromRobot]) -> list[FromRobot]:
    return [message for message in link.sent if isinstance(message, kind)]


@pytest.mark.parametrize("lost", [1, 3])
@pytest.mark.parametrize("mode", ["cloud", "speculative", "preemptive", "streaming"])
def test_what_got_lost_is_asked_for_until_it_is_heard(
    draft: LoadedModel, choices: list[int], mode: str, lost: int
) -> None:
    """Of the first answers none is heard, but for the start of a text that runs free."""

    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin) and message.free:
            link.verdict(0, choices[0])
        elif isinstance(message, Resume) and len(sent(link, Resume)) >= lost:
            link.verdict(message.version, *choices[message.version :])

    stage = Stage(draft, say, lambda prefix: [(3, 0.5)], settings=settings(mode))
    result = stage.run().result()
    assert (result.text, result.resumes) == (TEXT, 0)
    assert len(sent(stage.link, Begin)) == 1
    known = 1 if mode in ("cloud", "streaming") else 0
    assert set(sent(stage.link, Resume)) == {Resume(SESSION, NUMBER, known)}


def test_a_pending_proposal_is_made_again_and_counts_once(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Propose) and len(sent(link, Propose)) == 3:
            link.verdict(0, *choices)

    stage = Stage(draft, say, lambda prefix: [(3, 0.5)], settings=settings("speculative"))
    result = stage.run().result()
    assert result.text == TEXT
    first, *repeated = sent(stage.link, Propose)
    assert repeated[:2] == [first, first]
    assert result.drafted == 2
    assert [event.kind for event in result.trace].count(TraceKind.PROPOSED) == 1


def test_a_target_that_takes_its_time_is_not_disturbed(
    draft: LoadedModel, choices: list[int]
) -> None:
    """It has nothing new to say, again and again, until its pass has ended."""

    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Propose) and len(sent(link, Propose)) == 1:
            link.guess(0, *choices)
        elif isinstance(message, Resume):
            link.verdict(0)
            if len(sent(link, Resume)) == 3:
                link.verdict(0, *choices)

    stage = Stage(draft, say, lambda prefix: [(3, 0.5)], settings=settings("preemptive"))
    result = stage.run().result()
    assert (result.text, result.stale) == (TEXT, 0)
    assert result.exit_agreement == {1: 1.0}
    assert result.target_passes == 1


def test_hints_are_not_made_again(draft: LoadedModel, choices: list[int]) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Resume) and len(sent(link, Resume)) == 2:
            # Its own first choice; the robot drafts and hints on after it.
            link.verdict(0, choices[0])
        elif isinstance(message, Resume) and len(sent(link, Resume)) > 2:
            link.verdict(message.version, *choices[message.version :])

    def follow(prefix: list[int]) -> list[tuple[int, float]]:
        known = prefix == choices[: len(prefix)]
        return [(token, 0.97) for token in choices[len(prefix) :][:1]] if known else []

    stage = Stage(draft, say, follow, settings=settings("streaming"))
    stage.run()
    hinted = [
        token
        for message in sent(stage.link, Hint)
        if isinstance(message, Hint)
        for token in message.tokens
    ]
    assert 0 < len(hinted) <= len(choices)


def test_it_is_asked_again_only_until_the_turn_is_given_up(draft: LoadedModel) -> None:
    stage = Stage(
        draft,
        lambda link, message: None,
        settings=DecoderSettings(mode="cloud", answer_timeout=0.5),
    )
    with pytest.raises(VerifierLost, match="has not come on"):
        stage.run()
    assert len(sent(stage.link, Resume)) > 1


def test_nothing_is_asked_on_a_link_that_is_lost(draft: LoadedModel) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        link.put(LinkLost("silence"))

    stage = Stage(draft, say, settings=DecoderSettings(mode="cloud", resume_timeout=0.3))
    with pytest.raises(VerifierLost, match="silence"):
        stage.run()
    assert sent(stage.link, Resume) == []


def no_drafter(on_draft: OnDraft) -> Drafter:
    raise AssertionError("this mode has no draft model")


class Late:
    """The connection that a robot had before; what was left in it arrives at the verifier now."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._socket = socket

    def arrive(self) -> None:
        self._socket.send(encode(Ping(SESSION, 1)))
        assert self._socket.poll(1000 * PATIENT), "the verifier is silent"


@pytest.fixture
def opened(
    draft: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[EdgeDecoder, VerifierServer]]:
    """A decoder, and a verifier that fails every turn just after a late packet has come."""
    monkeypatch.setattr(client.secrets, "token_hex", lambda _: SESSION)
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        late = Late(socket)

        def begin(*_: object) -> None:
            late.arrive()
            raise SpecedgeError("the frame is not a picture")

        commands = pair.commands(draft)
        engine = types.SimpleNamespace(begin=begin, exits=None, loaded=draft, grammar=commands)
        with VerifierServer(cast(TargetEngine, engine), "tcp://127.0.0.1:*") as server:
            socket.connect(server.endpoint)
            wanted = DecoderSettings(
                mode="cloud",
                cloud=server.endpoint,
                silence=PATIENT,
                connect_timeout=PATIENT,
                answer_timeout=PATIENT,
            )
            decoder = EdgeDecoder(wanted, "draft", commands, no_drafter)
            with contextlib.closing(decoder):
                yield decoder, server


def test_an_answer_that_a_late_packet_drew_to_a_dead_connection_is_heard(
    opened: tuple[EdgeDecoder, VerifierServer],
) -> None:
    decoder, server = opened
    with pytest.raises(TurnFailed, match="not a picture"):
        decoder.decode(
            b"frame",
            Context("sit"),
            seed=1,
            temperature=0.0,
            on_event=lambda event: None,
            cancel=threading.Event(),
        )
    assert (server.counters.turns, server.counters.stale) == (1, 0)
