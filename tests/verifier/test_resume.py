"""Sessions and turns outlive connections; what cannot go on is said to be lost."""

from __future__ import annotations

import queue
from collections.abc import Callable

import pytest

from specedge.commands import GRAMMAR_VERSION
from specedge.decoding.target import TargetEngine
from specedge.emulation.relay import Relay
from specedge.protocol.link import LinkBack, LinkLost, LinkSettings, TurnAnswer, VerifierLink
from specedge.protocol.messages import (
    Cancel,
    Failed,
    Lost,
    Ping,
    Pong,
    Propose,
    Resume,
    Verified,
)
from specedge.verifier.server import VerifierServer
from tests.decoding import pair
from tests.verifier.robot import SESSION, Robot, begin, choices, free

FRAME = pair.frame(0)
PATIENCE = 60.0

Connect = Callable[..., Robot]


@pytest.fixture
def text(open_robot: Robot, engine: TargetEngine) -> list[int]:
    """What the target says to the frame; turn 1 of the session."""
    open_robot.say(free(1), FRAME)
    return choices(open_robot.hear_text(engine))


def resumed(robot: Robot, turn: int, version: int) -> Verified:
    robot.say(Resume(SESSION, turn, version))
    _, verdict = robot.hear_verdict()
    return verdict


def test_what_was_missed_is_said_again_at_any_version(open_robot: Robot, text: list[int]) -> None:
    for version in range(len(text) + 1):
        verdict = resumed(open_robot, 1, version)
        assert (verdict.turn, verdict.version, verdict.choices) == (1, version, text[version:])
        assert len(verdict.sources) == len(verdict.choices)


def test_a_resumed_verdict_says_what_the_missed_ones_have_cost(
    open_robot: Robot, server: VerifierServer, text: list[int]
) -> None:
    assert resumed(open_robot, 1, 0).passes == server.counters.passes
    assert resumed(open_robot, 1, len(text)).passes == 0


def test_a_turn_goes_on_by_another_connection_without_the_image(
    open_robot: Robot,
    text: list[int],
    engine: TargetEngine,
    server: VerifierServer,
    connect: Connect,
) -> None:
    open_robot.say(free(2, "forced", seed=1), FRAME)
    open_robot.hear_verdict()
    other = connect(server)
    other.open(engine)
    said = resumed(other, 2, 0).choices
    while len(said) < len(text):
        _, verdict = other.hear_verdict()
        said = said[: verdict.version] + verdict.choices
    assert said == text
    assert server.counters.turns == 2


def test_a_proposal_lost_with_its_connection_is_made_again(
    open_robot: Robot,
    text: list[int],
    engine: TargetEngine,
    server: VerifierServer,
    connect: Connect,
) -> None:
    open_robot.say(begin(2, seed=1), FRAME)
    open_robot.say(Propose(SESSION, 2, 0, text[:2]))
    open_robot.hear_verdict()
    other = connect(server)
    other.open(engine)
    missed = resumed(other, 2, 0)
    assert missed.choices == text[: len(missed.choices)]
    version = len(missed.choices)
    other.say(Propose(SESSION, 2, version, text[version:]))
    _, verdict = other.hear_verdict()
    assert missed.choices + verdict.choices == text


def test_a_turn_under_way_is_not_disturbed_by_a_robot_that_asks_again(
    open_robot: Robot, text: list[int], server: VerifierServer
) -> None:
    before = server.counters.passes
    open_robot.say(begin(2, seed=1, provisional=False), FRAME)
    for _ in range(3):
        open_robot.say(Resume(SESSION, 2, 0))
        open_robot.say(Propose(SESSION, 2, 0, text[:2]))
    # Each is answered once, in whatever order; an answer to `Resume` may come before there is news.
    verdicts = [open_robot.hear_verdict()[1] for _ in range(6)]
    assert max((verdict.choices for verdict in verdicts), key=len) == text[:3]
    assert all(verdict.choices in ([], text[:3]) for verdict in verdicts)
    assert server.counters.passes == before + 1
    assert server.counters.stale == 0


def test_a_verifier_started_anew_has_lost_the_frame_and_takes_it_again(
    text: list[int], engine: TargetEngine, connect: Connect
) -> None:
    with VerifierServer(engine, "tcp://127.0.0.1:*") as anew:
        robot = connect(anew)
        robot.open(engine)
        robot.say(Resume(SESSION, 1, 2))
        assert robot.hear() == Lost(SESSION, 1)
        robot.say(free(1), FRAME)
        assert choices(robot.hear_text(engine)) == text


def test_a_version_that_was_never_told_is_lost_and_the_turn_may_begin_again(
    open_robot: Robot, engine: TargetEngine, text: list[int]
) -> None:
    open_robot.say(Resume(SESSION, 1, len(text) + 1))
    assert open_robot.hear() == Lost(SESSION, 1)
    open_robot.say(free(1), FRAME)
    assert choices(open_robot.hear_text(engine)) == text


def test_a_turn_that_failed_is_said_to_have(open_robot: Robot) -> None:
    open_robot.say(free(1), b"no picture")
    failure = open_robot.hear()
    assert isinstance(failure, Failed)
    open_robot.say(Resume(SESSION, 1, 0))
    assert open_robot.hear() == failure


def test_a_turn_that_is_over_is_not_resumed(
    open_robot: Robot, server: VerifierServer, text: list[int]
) -> None:
    open_robot.say(begin(2), FRAME)
    open_robot.say(Resume(SESSION, 1, 0))
    assert open_robot.hear_pong() == []
    assert server.counters.stale == 1
    open_robot.say(Cancel(SESSION, 2))
    assert resumed(open_robot, 2, 0).choices == []


def test_a_cut_link_comes_back_with_its_session_and_turn(
    server: VerifierServer, engine: TargetEngine
) -> None:
    inbox: queue.SimpleQueue[TurnAnswer | LinkLost | LinkBack] = queue.SimpleQueue()
    with Relay(server.endpoint) as relay:
        link = VerifierLink(
            LinkSettings(relay.endpoint, heartbeat=0.1, silence=5.0),
            tokenizer=engine.grammar.tokenizer.fingerprint,
            grammar=GRAMMAR_VERSION,
            draft="draft",
            session=SESSION,
            on_answer=lambda answer, _size: inbox.put(answer),
        )
        try:
            link.wait_open(PATIENCE)
            link.send(free(1), FRAME)
            first = inbox.get(timeout=PATIENCE)
            assert isinstance(first, Verified)
            relay.interrupt(0.1, cut=True)
            while not isinstance(inbox.get(timeout=PATIENCE), LinkBack):
                pass
            link.send(Resume(SESSION, 1, 0))
            state, said = engine.grammar.start(), list[int]()
            while not state.complete:
                answer = inbox.get(timeout=PATIENCE)
                assert isinstance(answer, Verified)
                if answer.version <= len(said):
                    said = said[: answer.version] + answer.choices
                    state.rebase(said)
            assert said[: len(first.choices)] == first.choices
            assert server.counters.turns == 1
        finally:
            link.close()


def test_a_session_that_is_not_known_resumes_nothing(robot: Robot, server: VerifierServer) -> None:
    robot.say(Resume(SESSION, 1, 0))
    robot.say(Ping(SESSION, 1))
    assert robot.hear() == Pong(SESSION, 1, known=False)
    assert server.counters.stale == 1
