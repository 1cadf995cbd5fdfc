"""The verifier against a client that speaks the protocol by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import zmq

from specedge.commands import GRAMMAR_VERSION
from specedge.decoding.target import TargetEngine
from specedge.models.loading import LoadedModel
from specedge.protocol.binding import PortBusy, require_free
from specedge.protocol.messages import (
    PROTOCOL_VERSION,
    Begin,
    Bye,
    Cancel,
    Failed,
    FromRobot,
    FromVerifier,
    Hello,
    Ping,
    Pong,
    Propose,
    Provisional,
    Refused,
    Verified,
    Welcome,
    decode_from_verifier,
    encode,
)
from specedge.verifier.server import VerifierServer
from tests.decoding import pair

SESSION = "0123456789abcdef"
PATIENCE = 60_000
"""Milliseconds to wait for an answer that must come."""


class Robot:
    """A DEALER socket that speaks the protocol, rightly or wrongly."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._socket = socket

    def say(self, message: FromRobot, *frames: bytes) -> None:
        self._socket.send_multipart([encode(message), *frames])

    def say_bytes(self, *frames: bytes) -> None:
        self._socket.send_multipart(frames)

    def hear(self) -> FromVerifier:
        assert self._socket.poll(PATIENCE), "the verifier is silent"
        return decode_from_verifier(self._socket.recv())

    def hear_pong(self, number: int) -> list[FromVerifier]:
        """Pings; returns what came before the answer."""
        self.say(Ping(SESSION, number))
        heard: list[FromVerifier] = []
        while (message := self.hear()) != Pong(SESSION, number, known=True):
            heard.append(message)
        return heard

    def hear_verdict(self) -> tuple[list[Provisional], Verified]:
        guesses: list[Provisional] = []
        while True:
            message = self.hear()
            if isinstance(message, Verified):
                return guesses, message
            assert isinstance(message, Provisional)
            guesses.append(message)


@pytest.fixture(scope="module")
def engine(target: LoadedModel) -> Iterator[TargetEngine]:
    engine = pair.engine(target)
    yield engine
    engine.close()


@pytest.fixture
def server(engine: TargetEngine) -> Iterator[VerifierServer]:
    with VerifierServer(engine, "tcp://127.0.0.1:*") as server:
        yield server


@pytest.fixture
def robot(server: VerifierServer) -> Iterator[Robot]:
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        socket.connect(server.endpoint)
        yield Robot(socket)


def hello(engine: TargetEngine, **changes: object) -> Hello:
    fields = {
        "session": SESSION,
        "protocol": PROTOCOL_VERSION,
        "tokenizer": engine.grammar.tokenizer.fingerprint,
        "grammar": GRAMMAR_VERSION,
        "draft": "draft",
    }
    return Hello(**{**fields, **changes})  # type: ignore[arg-type]


def begin(turn: int, *, streamed: bool = False, goal: str = "sit") -> Begin:
    return Begin(SESSION, turn, goal, "", "", 0.8, turn, streamed, provisional=True)


@pytest.fixture
def open_robot(robot: Robot, engine: TargetEngine) -> Robot:
    robot.say(hello(engine))
    assert isinstance(robot.hear(), Welcome)
    return robot


def test_a_welcome_names_the_target_and_its_exits(robot: Robot, engine: TargetEngine) -> None:
    robot.say(hello(engine))
    assert robot.hear() == Welcome(SESSION, engine.loaded.name, list(pair.EXITS))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"protocol": PROTOCOL_VERSION + 1}, "protocol"),
        ({"grammar": "0"}, "grammar"),
        ({"tokenizer": "f" * 64}, "draft and target do not share a tokenizer"),
    ],
)
def test_a_client_that_does_not_fit_is_refused_with_the_reason(
    robot: Robot, engine: TargetEngine, change: dict[str, object], reason: str
) -> None:
    robot.say(hello(engine, **change))
    answer = robot.hear()
    assert isinstance(answer, Refused)
    assert reason in answer.reason


def test_a_session_that_is_not_known_is_told_so(robot: Robot) -> None:
    robot.say(Ping(SESSION, 1))
    assert robot.hear() == Pong(SESSION, 1, known=False)


def test_a_proposal_is_answered_by_exits_and_verdict(open_robot: Robot) -> None:
    open_robot.say(begin(1), pair.frame(0))
    open_robot.say(Propose(SESSION, 1, 0, []))
    _, first = open_robot.hear_verdict()
    assert (first.version, first.accepted, first.passes) == (0, 0, 0)
    assert first.token is not None
    open_robot.say(Propose(SESSION, 1, 0, [first.token, first.token]))
    guesses, verdict = open_robot.hear_verdict()
    assert verdict.accepted >= 1
    assert [guess.layer for guess in guesses] == list(pair.EXITS)
    assert verdict.passes == 1


def test_a_repeated_proposal_is_harmless(open_robot: Robot, server: VerifierServer) -> None:
    open_robot.say(begin(1), pair.frame(0))
    for _ in range(3):
        open_robot.say(Propose(SESSION, 1, 0, []))
    verdicts = [open_robot.hear_verdict()[1] for _ in range(3)]
    assert len({verdict.token for verdict in verdicts}) == 1
    assert server.counters.passes == 0


def test_a_new_turn_ends_the_old_one(open_robot: Robot, server: VerifierServer) -> None:
    open_robot.say(begin(1, streamed=True), pair.frame(0))
    open_robot.say(begin(2, streamed=True), pair.frame(1))
    seen = []
    while not seen or seen[-1] != 2:
        message = open_robot.hear()
        assert isinstance(message, Verified)
        seen.append(message.turn)
    rest = [message for message in open_robot.hear_pong(1) if isinstance(message, Verified)]
    assert {message.turn for message in rest} <= {2}
    assert server.counters.turns == 2


def test_messages_of_old_turns_are_dropped_and_counted(
    open_robot: Robot, server: VerifierServer
) -> None:
    open_robot.say(begin(5), pair.frame(0))
    open_robot.say(begin(5), pair.frame(0))
    open_robot.say(begin(4), pair.frame(0))
    open_robot.say(Propose(SESSION, 4, 0, [1]))
    open_robot.say(Cancel(SESSION, 4))
    assert open_robot.hear_pong(1) == []
    assert (server.counters.turns, server.counters.stale) == (1, 4)


def test_a_cancelled_turn_says_no_more(open_robot: Robot, server: VerifierServer) -> None:
    open_robot.say(begin(1), pair.frame(0))
    open_robot.say(Cancel(SESSION, 1))
    open_robot.say(Propose(SESSION, 1, 0, []))
    assert open_robot.hear_pong(1) == []
    assert server.counters.stale == 1


def test_a_frame_that_is_no_picture_fails_its_turn_only(open_robot: Robot) -> None:
    open_robot.say(begin(1), b"not a jpeg")
    failure = open_robot.hear()
    assert isinstance(failure, Failed)
    assert "not a picture" in failure.reason
    open_robot.say(begin(2, streamed=True), pair.frame(0))
    assert isinstance(open_robot.hear(), Verified)


def test_a_turn_without_a_frame_or_goal_fails(open_robot: Robot) -> None:
    open_robot.say(begin(1))
    assert isinstance(open_robot.hear(), Failed)
    open_robot.say(begin(2, goal=" "), pair.frame(0))
    assert isinstance(open_robot.hear(), Failed)


def test_noise_on_the_wire_is_counted_and_ends_nothing(
    open_robot: Robot, server: VerifierServer
) -> None:
    open_robot.say_bytes(b"noise")
    open_robot.say_bytes(b"", b"", b"")
    open_robot.say_bytes(b"\xff" * 100_000)
    assert open_robot.hear_pong(1) == []
    assert server.counters.malformed == 3


def test_a_session_ends_with_bye(open_robot: Robot) -> None:
    open_robot.say(Bye(SESSION))
    open_robot.say(Ping(SESSION, 9))
    assert open_robot.hear() == Pong(SESSION, 9, known=False)


def test_a_port_in_use_is_said_to_be(server: VerifierServer, engine: TargetEngine) -> None:
    with pytest.raises(PortBusy, match=r"give another --bind"):
        VerifierServer(engine, server.endpoint)
    with pytest.raises(PortBusy, match="cannot serve at"):
        require_free(server.endpoint)
