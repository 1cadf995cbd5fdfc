"""The robot's end of the wire, against a verifier that speaks by hand."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import zmq

from specedge.protocol.link import (
    SLOWEST_UPLINK,
    LinkBack,
    LinkLost,
    LinkSettings,
    TurnAnswer,
    VerifierLink,
    VerifierLost,
    VerifierRefused,
)
from specedge.protocol.messages import (
    LARGEST_MESSAGE,
    PROTOCOL_VERSION,
    Begin,
    Bye,
    Failed,
    FromRobot,
    Hello,
    Lost,
    Message,
    Ping,
    Pong,
    Refused,
    Verified,
    Welcome,
    decode_from_robot,
    encode,
)
from specedge.protocol.security import CurveKeys

SESSION = "0123456789abcdef"
PATIENCE = 60.0
NEVER = 1000.0
"""Seconds of silence that no test lasts."""

Inbox = queue.SimpleQueue[TurnAnswer | LinkLost | LinkBack]


class Verifier:
    """A ROUTER socket at an address that stays."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str,
        keys: CurveKeys | None = None,
    ) -> None:
        self._socket = context.socket(zmq.ROUTER)
        self._socket.linger = 0
        if keys is not None:
            keys.apply(self._socket)
        self._socket.bind(endpoint)
        self.endpoint = self._socket.get_string(zmq.LAST_ENDPOINT).rstrip("\0")
        self._robot = b""

    def hear(self, kind: type[FromRobot]) -> FromRobot:
        """Returns the next message of a kind; what comes before is dropped."""
        while True:
            assert self._socket.poll(round(1000 * PATIENCE)), "the robot is silent"
            self._robot, data, *_ = self._socket.recv_multipart()
            message = decode_from_robot(data)
            if isinstance(message, kind):
                return message

    def say(self, message: Message) -> None:
        self.say_bytes(encode(message))

    def say_bytes(self, data: bytes) -> None:
        self._socket.send_multipart([self._robot, data])

    def welcome(self) -> Hello:
        hello = self.hear(Hello)
        assert isinstance(hello, Hello)
        self.say(Welcome(hello.session, "target", [1], 1, 1, 1))
        return hello

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield context
    context.destroy(linger=0)


@pytest.fixture
def verifier(context: zmq.Context[zmq.Socket[bytes]]) -> Verifier:
    return Verifier(context, "tcp://127.0.0.1:*")


@pytest.fixture
def inbox() -> Inbox:
    return queue.SimpleQueue()


@pytest.fixture
def connect(inbox: Inbox) -> Iterator[Callable[..., VerifierLink]]:
    links: list[VerifierLink] = []

    def connect(
        endpoint: str, silence: float = NEVER, keys: CurveKeys | None = None
    ) -> VerifierLink:
        links.append(
            VerifierLink(
                LinkSettings(endpoint, heartbeat=0.02, silence=silence, keys=keys),
                tokenizer="f" * 64,
                grammar="2",
                draft="draft",
                session=SESSION,
                on_answer=lambda answer, _size: inbox.put(answer),
            )
        )
        return links[-1]

    yield connect
    for link in links:
        link.close()


Connect = Callable[..., VerifierLink]


def test_a_session_is_opened_by_saying_what_the_robot_has(
    verifier: Verifier, connect: Connect
) -> None:
    link = connect(verifier.endpoint)
    assert verifier.welcome() == Hello(SESSION, PROTOCOL_VERSION, "f" * 64, "2", "draft")
    link.wait_open(PATIENCE)
    assert link.connected


def new_keys(verifier: str = "") -> CurveKeys:
    public, secret = (key.decode() for key in zmq.curve_keypair())
    return CurveKeys(public, secret, verifier)


def test_with_keys_a_session_is_opened_only_with_the_verifier_that_is_meant(
    context: zmq.Context[zmq.Socket[bytes]], connect: Connect
) -> None:
    meant = new_keys()
    verifier = Verifier(context, "tcp://127.0.0.1:*", meant)
    in_the_clear = connect(verifier.endpoint)
    for_another = connect(verifier.endpoint, keys=new_keys(new_keys().public))
    link = connect(verifier.endpoint, keys=new_keys(meant.public))
    verifier.welcome()
    link.wait_open(PATIENCE)
    assert link.connected
    assert not in_the_clear.connected
    assert not for_another.connected


def test_the_round_trip_follows_from_heartbeats(verifier: Verifier, connect: Connect) -> None:
    link = connect(verifier.endpoint)
    verifier.welcome()
    link.wait_open(PATIENCE)
    held: list[float] = []
    while link.round_trip.count < 3:
        ping = verifier.hear(Ping)
        assert isinstance(ping, Ping)
        threading.Event().wait(0.03)
        held.append((time.monotonic_ns() - ping.sent) / 1e9)
        verifier.say(Pong(SESSION, ping.sent, known=True))
    assert 0.03 <= min(held) <= link.round_trip.mean < 60.0


def test_heartbeats_that_cannot_be_are_dropped_and_counted(
    verifier: Verifier, connect: Connect
) -> None:
    link = connect(verifier.endpoint)
    verifier.welcome()
    link.wait_open(PATIENCE)
    future = time.monotonic_ns() + 10**15
    for sent, known in ((future, True), (0, True), (0, False)):
        verifier.say(Pong(SESSION, sent, known))
    ping = verifier.hear(Ping)
    assert isinstance(ping, Ping)
    verifier.say(Pong(SESSION, ping.sent, known=True))
    while not link.round_trip.count:
        verifier.hear(Ping)
    assert link.connected
    assert link.stale == 3
    assert link.round_trip.count == 1


def test_messages_of_turns_are_handed_on_and_others_are_not(
    verifier: Verifier, connect: Connect, inbox: Inbox
) -> None:
    link = connect(verifier.endpoint)
    verifier.welcome()
    other = "f" * 16
    lost, failed = Lost(SESSION, 4), Failed(SESSION, 5, "why")
    verdict = Verified(SESSION, 3, 0, [1], 0, [0], 0, 0, 0.0, 0.0)
    verifier.say_bytes(b"noise")
    verifier.say(Failed(other, 1, "not yours"))
    for answer in (lost, verdict, verdict, failed):
        verifier.say(answer)
    assert [inbox.get(timeout=PATIENCE) for _ in range(4)] == [lost, verdict, verdict, failed]
    assert (link.malformed, link.stale) == (1, 1)


def test_a_refusal_is_told_with_its_reason(verifier: Verifier, connect: Connect) -> None:
    link = connect(verifier.endpoint)
    verifier.hear(Hello)
    verifier.say(Refused(SESSION, "take a pair of one model family"))
    with pytest.raises(VerifierRefused, match="one model family"):
        link.wait_open(PATIENCE)


def test_a_session_that_was_refused_opens_when_the_verifier_has_room_again(
    verifier: Verifier, connect: Connect
) -> None:
    link = connect(verifier.endpoint)
    verifier.hear(Hello)
    verifier.say(Refused(SESSION, "full"))
    with pytest.raises(VerifierRefused, match="full"):
        link.wait_open(PATIENCE)
    verifier.welcome()
    verifier.hear(Ping)
    link.wait_open(0.0)
    assert link.connected


def test_a_verifier_that_sends_too_much_is_lost(
    verifier: Verifier, connect: Connect, inbox: Inbox
) -> None:
    link = connect(verifier.endpoint)
    verifier.welcome()
    verifier.hear(Ping)
    verifier.say_bytes(b"x" * (LARGEST_MESSAGE + 1))
    assert isinstance(inbox.get(timeout=PATIENCE), LinkLost)
    assert link.malformed == 0, "it was not even taken in"


def test_a_verifier_that_is_not_there_is_lost(connect: Connect) -> None:
    with pytest.raises(VerifierLost, match="is it running"):
        connect("tcp://127.0.0.1:9").wait_open(0.05)


def test_silence_loses_the_link_and_a_word_brings_it_back(
    verifier: Verifier, connect: Connect, inbox: Inbox
) -> None:
    link = connect(verifier.endpoint, silence=0.2)
    verifier.welcome()
    lost = inbox.get(timeout=PATIENCE)
    assert isinstance(lost, LinkLost)
    assert "nothing heard" in lost.reason
    assert verifier.welcome().session == SESSION
    assert inbox.get(timeout=PATIENCE) == LinkBack()
    link.wait_open(PATIENCE)


def test_a_picture_that_fills_the_way_up_is_no_silence(
    verifier: Verifier, connect: Connect, inbox: Inbox
) -> None:
    silence = 0.2
    link = connect(verifier.endpoint, silence=silence)
    verifier.welcome()
    link.wait_open(PATIENCE)
    minute = b"0" * (60 * SLOWEST_UPLINK)
    begin = Begin(SESSION, 1, "sit", "", "", 0.0, 0, 1.0, 0, True, [], False, 0.0, 10.0)
    link.send(begin, minute)
    begun = time.monotonic()
    while time.monotonic() < begun + 2 * silence:
        ping = verifier.hear(Ping)
    assert link.connected
    assert inbox.empty()
    assert isinstance(ping, Ping)
    # It went up behind the picture.
    verifier.say(Pong(SESSION, ping.sent, known=True))
    assert isinstance(inbox.get(timeout=PATIENCE), LinkLost)


def test_a_session_goes_on_when_the_verifier_comes_back_by_another_connection(
    context: zmq.Context[zmq.Socket[bytes]], verifier: Verifier, connect: Connect, inbox: Inbox
) -> None:
    link = connect(verifier.endpoint)
    first = verifier.welcome()
    link.wait_open(PATIENCE)
    verifier.close()
    lost = inbox.get(timeout=PATIENCE)
    assert isinstance(lost, LinkLost)
    assert "connection is gone" in lost.reason
    assert link.round_trip.count == 0
    again = Verifier(context, verifier.endpoint)
    assert again.welcome() == first
    assert inbox.get(timeout=PATIENCE) == LinkBack()


def test_a_verifier_that_was_started_anew_loses_the_link_first(
    verifier: Verifier, connect: Connect, inbox: Inbox
) -> None:
    link = connect(verifier.endpoint)
    verifier.welcome()
    ping = verifier.hear(Ping)
    assert isinstance(ping, Ping)
    verifier.say(Pong(SESSION, ping.sent, known=False))
    lost = inbox.get(timeout=PATIENCE)
    assert isinstance(lost, LinkLost)
    assert "started anew" in lost.reason
    verifier.welcome()
    assert inbox.get(timeout=PATIENCE) == LinkBack()
    assert link.connected


def test_repeated_welcomes_are_harmless(verifier: Verifier, connect: Connect, inbox: Inbox) -> None:
    link = connect(verifier.endpoint)
    verifier.welcome()
    for _ in range(2):
        verifier.say(Welcome(SESSION, "target", [1], 1, 1, 1))
    verifier.say(end := Failed(SESSION, 1, "end"))
    assert inbox.get(timeout=PATIENCE) == end
    assert link.connected


def test_the_end_of_a_link_is_said(verifier: Verifier, connect: Connect) -> None:
    link = connect(verifier.endpoint)
    verifier.welcome()
    link.wait_open(PATIENCE)
    link.close()
    assert verifier.hear(Bye) == Bye(SESSION)


@pytest.mark.parametrize(("heartbeat", "silence"), [(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)])
def test_a_heartbeat_is_shorter_than_the_silence(heartbeat: float, silence: float) -> None:
    with pytest.raises(ValueError, match="heartbeat"):
        LinkSettings("tcp://127.0.0.1:1", heartbeat, silence)
