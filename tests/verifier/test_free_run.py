"""Turns that go on by themselves: the same text whatever hints come, in the passes they should."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specedge.decoding.costs import PassCost
from specedge.decoding.target import TargetEngine
from specedge.decoding.tree import HintSource
from specedge.models.loading import LoadedModel
from specedge.protocol.messages import (
    LONGEST_HINT,
    Begin,
    Cancel,
    Failed,
    Hint,
    Message,
    Source,
    Verified,
    Welcome,
)
from specedge.verifier.calibration import CandidateCalibration
from specedge.verifier.estimates import RobotEstimates
from specedge.verifier.free_run import MOST_NAMED, FreeTurn
from specedge.verifier.patience import Awaited, HintTimes
from specedge.verifier.served import Served
from specedge.verifier.server import VerifierServer
from tests.decoding import pair
from tests.verifier.robot import EVERYTHING, SESSION, Robot, choices, free, hello

FRAME = pair.frame(0)
AGES = 1000.0
"""Seconds that no test lasts."""


class UnmeasuredCost(PassCost):
    """What passes are taken to cost before any was: what a test asks for depends on no clock."""

    def add(self, tokens: int, seconds: float) -> None:
        pass


class SteppedTurn:
    """A free-running turn without sockets and threads, stepped by hand."""

    def __init__(
        self,
        engine: TargetEngine,
        begin: Begin,
        hint_times: HintTimes | None = None,
        calibration: CandidateCalibration | None = None,
    ) -> None:
        self.said: list[Message] = []
        self.served = Served(engine, pass_cost=UnmeasuredCost())
        self.turn = FreeTurn(
            self.served,
            begin,
            FRAME,
            self.said.append,
            RobotEstimates(calibration or CandidateCalibration(), hint_times or HintTimes()),
        )

    @property
    def verdicts(self) -> list[Verified]:
        return [message for message in self.said if isinstance(message, Verified)]

    def hint(self, after: int, *tokens: int, first: int = 0, likely: int = 230) -> None:
        parents = [-(after + 1), *range(first, first + len(tokens) - 1)]
        self.turn.take(Hint(SESSION, 1, first, parents, list(tokens), [likely] * len(tokens)))

    def finish(self) -> list[int]:
        """Steps while there is something to do at once; returns the text's choices."""
        while (again := self.turn.step()) is not None and again <= time.monotonic():
            pass
        return choices(self.verdicts)

    def finish_misled(self, text: list[int], likely: int) -> list[int]:
        """Steps to the end with a wrong hint before each choice of the text; returns those made."""
        state, again = self.served.engine.grammar.start(), self.turn.step()
        while again is not None:
            version = self.turn.version
            if version < len(text):
                state.rebase(text[:version])
                wrong = next(int(token) for token in state.allowed() if token != text[version])
                self.hint(version, wrong, first=version, likely=likely)
            again = self.turn.step()
        return choices(self.verdicts)


@pytest.fixture(scope="module")
def text(engine: TargetEngine) -> list[int]:
    """What the target says to the frame, alone."""
    return SteppedTurn(engine, free(1)).finish()


@pytest.fixture(scope="module")
def tokens(engine: TargetEngine, text: list[int]) -> list[int]:
    state = engine.grammar.start()
    state.rebase(text)
    return state.tokens


def test_without_any_source_each_token_costs_a_pass(
    engine: TargetEngine, text: list[int], tokens: list[int]
) -> None:
    alone = SteppedTurn(engine, free(1))
    assert alone.finish() == text
    state = engine.grammar.start()
    state.rebase(text[:-1])
    assert sum(verdict.passes for verdict in alone.verdicts) == state.position
    assert alone.served.counters.passes == state.position
    assert {verdict.tokens for verdict in alone.verdicts} <= {0, 1}
    assert len(text) < len(tokens), "nothing was forced"


def test_forced_tokens_cost_no_pass_where_they_may_be_skipped(
    engine: TargetEngine, text: list[int]
) -> None:
    skipping = SteppedTurn(engine, free(1, "forced"))
    assert skipping.finish() == text
    assert sum(verdict.passes for verdict in skipping.verdicts) == len(text) - 1


def test_a_hint_brings_the_forced_tokens_before_it_along(
    engine: TargetEngine, text: list[int]
) -> None:
    """Also a wrong one: the robot has told of them."""
    hinted = SteppedTurn(engine, free(1, "client"))
    assert hinted.finish_misled(text, likely=5) == text
    assert hinted.served.counters.passes == len(text) - 1


def test_verdicts_follow_one_another_and_name_their_sources(
    engine: TargetEngine, text: list[int]
) -> None:
    hinted = SteppedTurn(engine, free(1, "client", "forced"))
    hinted.hint(0, *text[:3], 0)
    hinted.finish()
    version = 0
    for verdict in hinted.verdicts:
        assert verdict.version == version
        assert len(verdict.sources) == len(verdict.choices)
        assert verdict.accepted == sum(source == 1 for source in verdict.sources)
        version += len(verdict.choices)
    assert [source for verdict in hinted.verdicts for source in verdict.sources][:3] == [0, 1, 1]


def test_right_hints_save_passes(engine: TargetEngine, text: list[int]) -> None:
    hinted = SteppedTurn(engine, free(1, "client", "forced"))
    hinted.hint(0, *text)
    assert hinted.finish() == text
    assert hinted.served.counters.passes == 1


@pytest.mark.parametrize("sources", [(), ("client", "forced"), EVERYTHING])
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_hint_changes_the_text(
    engine: TargetEngine, text: list[int], sources: tuple[Source, ...], data: st.DataObject
) -> None:
    """Garbage, right ones, repeats, unknown parents, too early, too late, after the end."""
    turn = SteppedTurn(engine, free(1, *sources))
    token = st.one_of(st.sampled_from(text), st.integers(0, 2**31))
    node = st.tuples(st.integers(-20, 12), token, st.integers(0, 255))

    def send() -> None:
        for first, nodes in data.draw(
            st.lists(st.tuples(st.integers(0, 8), st.lists(node, max_size=8)), max_size=3)
        ):
            parents, tokens, likely = ([part[i] for part in nodes] for i in range(3))
            turn.turn.take(Hint(SESSION, 1, first, parents, tokens, likely))

    send()
    while turn.turn.step() is not None:
        send()
    send()
    assert turn.turn.step() is None
    assert choices(turn.verdicts) == text


def test_hints_that_hang_in_the_air_are_counted(engine: TargetEngine) -> None:
    turn = SteppedTurn(engine, free(1, "client"))
    turn.turn.take(Hint(SESSION, 1, 0, [7, 0, -99], [1, 2, 3], [9, 9, 9]))
    turn.finish()
    assert turn.served.counters.dropped_hints == 3


def test_a_robot_that_floods_holds_up_no_pass_and_fills_no_memory(
    engine: TargetEngine, text: list[int]
) -> None:
    turn = SteppedTurn(engine, free(1, "client", "forced"))
    turn.turn.step()
    heard = len(turn.verdicts)
    first = 0
    while turn.turn.take(
        Hint(SESSION, 1, first, [-1] * LONGEST_HINT, [1] * LONGEST_HINT, [9] * LONGEST_HINT)
    ):
        first += LONGEST_HINT
    turn.turn.step()
    assert len(turn.verdicts) > heard, "a pass was made"
    assert not turn.turn.inbox.empty(), "although not all hints were looked at"
    assert turn.finish() == text


def test_a_robot_may_not_name_one_candidate_again_and_again(engine: TargetEngine) -> None:
    turn = SteppedTurn(engine, free(1, "client", "forced"))
    begun, extra = turn.turn.step(), 3
    assert begun is not None
    for first in range(0, MOST_NAMED + extra, LONGEST_HINT):
        count = min(LONGEST_HINT, MOST_NAMED + extra - first)
        after = [-(turn.turn.version + 1)] * count
        turn.turn.take(Hint(SESSION, 1, first, after, [1] * count, [9] * count))
        # Without a pass, which would contradict the candidate.
        turn.turn._take_hints()
    assert turn.served.counters.dropped_hints == extra


def test_hints_are_no_source_where_the_robot_says_so(engine: TargetEngine, text: list[int]) -> None:
    turn = SteppedTurn(engine, free(1, "forced"))
    assert not turn.turn.take(Hint(SESSION, 1, 0, [-1], text[:1], [255]))
    turn.hint(0, *text)
    assert turn.finish() == text
    assert turn.served.counters.passes == len(text) - 1


def test_repeated_hints_are_harmless(engine: TargetEngine, text: list[int]) -> None:
    turn = SteppedTurn(engine, free(1, "client", "forced"))
    for _ in range(3):
        turn.hint(0, *text)
    assert turn.finish() == text
    assert turn.served.counters.dropped_hints == 0


def test_a_hint_for_an_earlier_version_is_of_use(engine: TargetEngine, text: list[int]) -> None:
    turn = SteppedTurn(engine, free(1, "client", "forced"))
    turn.turn.step()
    turn.turn.step()
    assert turn.turn.version == 2
    turn.hint(0, *text)
    turn.finish()
    assert turn.served.counters.passes <= 3


def test_a_robot_whose_drafts_are_wrong_is_soon_not_believed(
    engine: TargetEngine, text: list[int]
) -> None:
    calibration = CandidateCalibration()
    for _ in range(8):
        turn = SteppedTurn(engine, free(1, "client", "forced"), calibration=calibration)
        assert turn.finish_misled(text, likely=255) == text
    assert calibration.probability(HintSource.CLIENT, 1.0) < 0.2
    assert calibration.share(HintSource.CLIENT) < 0.01


def slow_hints() -> HintTimes:
    """Of a robot whose hints take ages, yet always come."""
    times = HintTimes()
    for awaited in (Awaited.NEWS, Awaited.HINT):
        times.delay[awaited].add(AGES)
        times.came[awaited].add(1.0)
    return times


def test_a_turn_without_patience_never_waits(engine: TargetEngine, text: list[int]) -> None:
    turn = SteppedTurn(engine, free(1, "client", "forced"), slow_hints())
    assert turn.finish() == text


def test_a_patient_turn_waits_for_the_hint_that_should_save_a_pass(
    engine: TargetEngine, text: list[int]
) -> None:
    turn = SteppedTurn(engine, free(1, "client", "forced", patience=1.0), slow_hints())
    told = turn.finish()
    again = turn.turn.step()
    assert again is not None
    assert again > time.monotonic() + AGES / 2
    turn.hint(len(told), *text[len(told) :])
    # The hint reaches the end of the text, so that no other is worth waiting for.
    assert turn.finish() == text
    assert turn.served.counters.passes <= len(told) + 1


def test_half_patience_does_not_wait_longer_than_a_pass_takes(
    engine: TargetEngine, text: list[int]
) -> None:
    turn = SteppedTurn(engine, free(1, "client", "forced", patience=0.5), slow_hints())
    assert turn.finish() == text


def test_a_wait_ends_with_the_turns_lifetime(engine: TargetEngine) -> None:
    turn = SteppedTurn(engine, free(1, "client", patience=1.0, lifetime=30.0), slow_hints())
    turn.finish()
    again = turn.turn.step()
    assert again is not None
    assert again <= time.monotonic() + 30.0


def test_a_slow_target_does_not_outlive_its_lifetime_as_long_as_its_text_grows(
    engine: TargetEngine,
) -> None:
    turn = SteppedTurn(engine, free(1, lifetime=30.0), slow_hints())
    begun = turn.turn.deadline
    turn.finish()
    assert turn.turn.deadline > begun


def test_exits_tell_what_they_expect_from_within_the_pass(open_robot: Robot) -> None:
    open_robot.say(free(1, "forced", provisional=True), FRAME)
    guesses, first = open_robot.hear_verdict()
    assert guesses == [], "the prompt has no exits"
    guesses, second = open_robot.hear_verdict()
    assert [guess.layer for guess in guesses] == list(pair.EXITS)
    assert all(guess.version == second.version == len(first.choices) for guess in guesses)
    assert all(len(guess.choices) == 1 and guess.accepted == 0 for guess in guesses)


class HeldPass:
    """Holds a pass at a layer until it is let go, once armed; counts what runs after."""

    def __init__(self, target: LoadedModel) -> None:
        self.armed, self.reached, self.go = (threading.Event() for _ in range(3))
        self.layers_after = 0
        self._handles = [
            target.layers[1].register_forward_hook(self._hold),
            target.layers[2].register_forward_hook(self._count),
        ]

    def close(self) -> None:
        self.go.set()
        for handle in self._handles:
            handle.remove()

    def _hold(self, *_: object) -> None:
        if self.armed.is_set():
            self.reached.set()
            assert self.go.wait(60.0)

    def _count(self, *_: object) -> None:
        self.layers_after += self.reached.is_set()


@pytest.fixture
def held(target: LoadedModel) -> Iterator[HeldPass]:
    held = HeldPass(target)
    yield held
    held.close()


def test_a_cancelled_pass_is_given_up_at_the_next_layer(
    open_robot: Robot, server: VerifierServer, held: HeldPass
) -> None:
    held.armed.set()
    open_robot.say(free(1), FRAME)
    assert held.reached.wait(60.0)
    open_robot.say(Cancel(SESSION, 1))
    # The socket side answers in the middle of a pass, so the cancellation has been read.
    assert open_robot.hear_pong() == []
    held.armed.clear()
    held.go.set()
    # Answered by the model thread, which is through with the first turn then.
    open_robot.say(free(2), b"no picture")
    assert isinstance(open_robot.hear(), Failed)
    assert held.layers_after == 0
    assert server.counters.passes == 0


def test_robots_take_turns_pass_by_pass(
    robot: Robot, engine: TargetEngine, text: list[int], held: HeldPass
) -> None:
    # Three sessions over one socket, which so hears them in the order of their passes.
    sessions = [f"session {number}" for number in range(3)]
    for session in sessions:
        robot.say(hello(engine, session=session))
        assert isinstance(robot.hear(), Welcome)
    held.armed.set()
    for session in sessions:
        robot.say(free(1, session=session), FRAME)
    assert held.reached.wait(60.0)
    robot.session = sessions[0]
    assert robot.hear_pong() == [], "all turns wait for the first one's prompt"
    held.armed.clear()
    held.go.set()
    said: dict[str, list[int]] = {session: [] for session in sessions}
    while any(heard != text for heard in said.values()):
        _, verdict = robot.hear_verdict()
        said[verdict.session] += verdict.choices
        lengths = [len(heard) for heard in said.values()]
        assert max(lengths) - min(lengths) <= 2
