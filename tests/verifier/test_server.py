"""The verifier's sessions and proposals, against a client that speaks the protocol by hand."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable

import pytest
import zmq

from specedge.decoding.target import TargetEngine, TargetTurn
from specedge.protocol.binding import PortBusy, require_free
from specedge.protocol.messages import (
    LARGEST_IMAGE,
    LONGEST_HINT,
    PROTOCOL_VERSION,
    Bye,
    Cancel,
    Failed,
    Hint,
    Ping,
    Pong,
    Propose,
    Refused,
    Verified,
    Welcome,
)
from specedge.verifier.served_turn import ServedTurn
from specedge.verifier.server import FULL, MOST_SESSIONS, VerifierServer
from specedge.verifier.sessions import Session
from tests.decoding import pair
from tests.verifier.robot import SESSION, Robot, begin, choices, free, hello


def test_a_welcome_names_the_target_its_exits_and_the_limits(
    robot: Robot, engine: TargetEngine
) -> None:
    assert robot.open(engine) == Welcome(
        SESSION, engine.loaded.name, list(pair.EXITS), LARGEST_IMAGE, LONGEST_HINT, MOST_SESSIONS
    )


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


def test_a_verifier_takes_as_many_sessions_as_it_says(robot: Robot, engine: TargetEngine) -> None:
    for number in range(MOST_SESSIONS):
        robot.say(hello(engine, session=f"session {number:02}"))
        assert isinstance(robot.hear(), Welcome)
    robot.say(hello(engine, session="one too many"))
    assert robot.hear() == Refused("one too many", FULL)
    robot.say(Bye("session 00"))
    robot.say(hello(engine, session="one too many"))
    assert isinstance(robot.hear(), Welcome)


def test_a_session_that_is_not_known_is_told_so(robot: Robot) -> None:
    robot.say(Ping(SESSION, 1))
    assert robot.hear() == Pong(SESSION, 1, known=False)


def test_a_proposal_is_answered_by_exits_and_verdict(open_robot: Robot) -> None:
    open_robot.say(begin(1), pair.frame(0))
    open_robot.say(Propose(SESSION, 1, 0, []))
    _, first = open_robot.hear_verdict()
    assert (first.version, first.accepted, first.passes) == (0, 0, 0)
    assert len(first.choices) == 1
    open_robot.say(Propose(SESSION, 1, 0, first.choices * 2))
    guesses, verdict = open_robot.hear_verdict()
    assert verdict.choices[0] == first.choices[0]
    assert verdict.accepted >= 1
    assert verdict.passes == 1
    assert verdict.tokens >= 1
    assert [guess.layer for guess in guesses] == list(pair.EXITS)
    assert all(guess.choices[0] == first.choices[0] for guess in guesses)


def test_proposals_give_the_text_that_the_target_writes_alone(
    open_robot: Robot, engine: TargetEngine
) -> None:
    open_robot.say(free(1), pair.frame(0))
    text = choices(open_robot.hear_text(engine))
    open_robot.say(begin(2, seed=1), pair.frame(0))
    state = engine.grammar.start()
    while not state.complete:
        version = len(state.choices)
        # Every other proposal goes wrong after its first choice.
        wrong = version % 2 == 1
        open_robot.say(Propose(SESSION, 2, version, [text[version], 0] if wrong else text[:0]))
        _, verdict = open_robot.hear_verdict()
        for choice in verdict.choices:
            state.choose(choice)
    assert state.choices == text


def test_a_repeated_proposal_is_harmless(open_robot: Robot, server: VerifierServer) -> None:
    open_robot.say(begin(1), pair.frame(0))
    for _ in range(3):
        open_robot.say(Propose(SESSION, 1, 0, []))
    verdicts = [open_robot.hear_verdict()[1] for _ in range(3)]
    assert verdicts[0].choices == verdicts[1].choices == verdicts[2].choices
    assert server.counters.passes == 0


def test_a_new_turn_ends_the_old_one(open_robot: Robot, server: VerifierServer) -> None:
    open_robot.say(free(1), pair.frame(0))
    open_robot.say(free(2), pair.frame(1))
    seen = list[int]()
    while not seen or seen[-1] != 2:
        _, message = open_robot.hear_verdict()
        seen.append(message.turn)
    rest = [message for message in open_robot.hear_pong() if isinstance(message, Verified)]
    assert {message.turn for message in rest} <= {2}
    assert server.counters.turns == 2


def test_a_turn_that_waits_is_let_go_when_a_new_one_begins(
    open_robot: Robot, engine: TargetEngine
) -> None:
    for number in (1, 2, 3):
        open_robot.say(begin(number), pair.frame(0))
        open_robot.say(Propose(SESSION, number, 0, []))
        open_robot.hear_verdict()
    gc.collect()
    kept = [found for found in gc.get_objects() if type(found) is TargetTurn]
    assert len([turn for turn in kept if turn._engine is engine]) == 1


def test_messages_of_old_turns_are_dropped_and_counted(
    open_robot: Robot, server: VerifierServer
) -> None:
    open_robot.say(begin(5), pair.frame(0))
    open_robot.say(begin(5), pair.frame(0))
    open_robot.say(begin(4), pair.frame(0))
    open_robot.say(Propose(SESSION, 4, 0, [1]))
    open_robot.say(Cancel(SESSION, 4))
    assert open_robot.hear_pong() == []
    assert (server.counters.turns, server.counters.stale) == (1, 4)


def test_what_does_not_go_with_a_turn_is_dropped_and_counted(
    open_robot: Robot, server: VerifierServer
) -> None:
    open_robot.say(begin(1), pair.frame(0))
    open_robot.say(Hint(SESSION, 1, 0, [-1], [1], [255]))
    open_robot.say(Propose(SESSION, 1, 99, [1]))
    assert open_robot.hear_pong() == []
    assert server.counters.stale == 2


def test_a_cancelled_turn_says_no_more(open_robot: Robot, server: VerifierServer) -> None:
    open_robot.say(begin(1), pair.frame(0))
    open_robot.say(Cancel(SESSION, 1))
    open_robot.say(Propose(SESSION, 1, 0, []))
    assert open_robot.hear_pong() == []
    assert server.counters.stale == 1


def test_a_frame_that_is_no_picture_fails_its_turn_only(open_robot: Robot) -> None:
    open_robot.say(begin(1), b"not a jpeg")
    failure = open_robot.hear()
    assert isinstance(failure, Failed)
    assert "not a JPEG or PNG picture" in failure.reason
    open_robot.say(free(2), pair.frame(0))
    assert isinstance(open_robot.hear(), Verified)


def test_a_turn_without_a_frame_or_goal_fails(open_robot: Robot) -> None:
    open_robot.say(begin(1))
    assert isinstance(open_robot.hear(), Failed)
    open_robot.say(begin(2, goal=" "), pair.frame(0))
    assert isinstance(open_robot.hear(), Failed)


@pytest.mark.parametrize("is_free", [False, True])
def test_a_turn_that_outlives_its_lifetime_fails(
    open_robot: Robot, engine: TargetEngine, is_free: bool
) -> None:
    open_robot.say(begin(1, lifetime=1e-6, free=is_free), pair.frame(0))
    failure = open_robot.hear()
    assert isinstance(failure, Failed)
    assert "lifetime" in failure.reason
    open_robot.say(begin(2, lifetime=0.5), pair.frame(0))
    open_robot.say(Propose(SESSION, 2, 0, []))
    open_robot.hear_verdict()
    # Nobody proposes any more.
    assert isinstance(open_robot.hear(), Failed)


def test_noise_on_the_wire_is_counted_and_ends_nothing(
    open_robot: Robot, server: VerifierServer
) -> None:
    open_robot.say_bytes(b"noise")
    open_robot.say_bytes(b"", b"", b"")
    open_robot.say_bytes(b"\xff" * 100_000)
    assert open_robot.hear_pong() == []
    assert server.counters.malformed == 3


def test_a_frame_beyond_the_limit_ends_its_connection_only(
    open_robot: Robot,
    server: VerifierServer,
    engine: TargetEngine,
    connect: Callable[..., Robot],
) -> None:
    other = connect(server)
    other.open(engine)
    monitor = open_robot.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    open_robot.say(begin(1), b"\xff" * (LARGEST_IMAGE + 1))
    assert monitor.poll(10_000)
    assert other.hear_pong() == []
    assert server.counters.turns == 0


def test_the_connection_of_a_robot_that_vanished_is_closed(
    engine: TargetEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("specedge.verifier.server.ASK_EVERY", 50)
    monkeypatch.setattr("specedge.verifier.server.HANG_UP_AFTER", 200)
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
    ready = b"\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"
    with VerifierServer(engine, "tcp://127.0.0.1:*") as server:
        host, port = server.endpoint.removeprefix("tcp://").split(":")
        with socket.create_connection((host, int(port)), timeout=60.0) as vanished:
            vanished.sendall(greeting + bytes([4, len(ready)]) + ready)
            # It never answers a question whether it is there.
            while vanished.recv(1024):
                pass


def test_a_session_ends_with_bye(open_robot: Robot) -> None:
    open_robot.say(Bye(SESSION))
    open_robot.say(Ping(SESSION, 9))
    assert open_robot.hear() == Pong(SESSION, 9, known=False)


def test_turns_are_ended_when_no_message_can_begin_another(
    open_robot: Robot, server: VerifierServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_robot.say(begin(1), pair.frame(0))
    open_robot.hear_pong()
    hears, end_turn = list[bool](), Session.end_turn

    def end(session: Session) -> ServedTurn | None:
        hears.append(server._channel.alive)
        return end_turn(session)

    monkeypatch.setattr(Session, "end_turn", end)
    server.close()
    assert hears == [False]


def test_a_port_in_use_is_said_to_be(server: VerifierServer, engine: TargetEngine) -> None:
    with pytest.raises(PortBusy, match=r"give another --bind"):
        VerifierServer(engine, server.endpoint)
    with pytest.raises(PortBusy, match="cannot serve at"):
        require_free(server.endpoint)
