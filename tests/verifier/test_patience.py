from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.target import TargetEngine
from specedge.decoding.tree import NO_CANDIDATES, CandidateTree, HintSource
from specedge.verifier.calibration import CandidateCalibration
from specedge.verifier.patience import SHOULD_SAVE, Awaited, HintClock, HintTimes, hint_gain

SECONDS = st.floats(0.0, 10.0)
GAINS = st.floats(0.0, 1.0)


def known(delay: float, came: float = 1.0) -> HintTimes:
    times = HintTimes()
    for awaited in Awaited:
        times.delay[awaited].add(delay)
        times.came[awaited].add(came)
    return times


@given(SECONDS, GAINS, SECONDS)
def test_without_patience_nothing_is_waited_for(
    delay: float, gain: float, pass_seconds: float
) -> None:
    clock = HintClock(known(delay), 0.0)
    assert clock.wait_until(1.0, 0.0, gain, pass_seconds) <= 1.0


@given(SECONDS, GAINS, SECONDS, st.floats(0.0, 1.0), SECONDS)
def test_no_wait_is_longer_than_a_hint_should_take(
    delay: float, gain: float, pass_seconds: float, patience: float, now: float
) -> None:
    clock = HintClock(known(delay), 0.0)
    assert clock.wait_until(now, patience, gain, pass_seconds) <= max(now, delay)


@given(SECONDS, GAINS, SECONDS, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_patience_never_waits_less(
    delay: float, gain: float, pass_seconds: float, some: float, other: float
) -> None:
    less, more = sorted((some, other))
    waits = [
        HintClock(known(delay), 0.0).wait_until(0.0, patience, gain, pass_seconds)
        for patience in (less, more)
    ]
    assert waits[0] <= waits[1]


def test_full_patience_waits_whenever_a_hint_should_save_something() -> None:
    assert HintClock(known(5.0), 0.0).wait_until(1.0, 1.0, SHOULD_SAVE, 0.001) == 5.0
    assert HintClock(known(5.0), 0.0).wait_until(1.0, 1.0, 0.9 * SHOULD_SAVE, 0.001) <= 1.0


def test_half_patience_waits_where_the_pass_that_is_saved_takes_longer() -> None:
    assert HintClock(known(0.1), 0.0).wait_until(0.0, 0.5, 0.5, 0.3) == 0.1
    assert HintClock(known(0.1), 0.0).wait_until(0.0, 0.5, 0.5, 0.1) <= 0.0


def test_a_robot_of_which_nothing_is_known_is_not_waited_for() -> None:
    assert HintClock(HintTimes(), 0.0).wait_until(1.0, 1.0, 1.0, 1.0) <= 1.0


def test_a_robot_that_keeps_silent_is_soon_waited_for_no_more() -> None:
    times, waits = known(1.0), 0
    for turn in range(100):
        clock, now = HintClock(times, 10.0 * turn), 10.0 * turn
        until = clock.wait_until(now, 1.0, 1.0, 1.0)
        if until > now:
            waits += 1
            assert clock.wait_until(until, 1.0, 1.0, 1.0) <= until
    assert 1 <= waits <= 20


def test_a_hint_that_came_is_followed_by_the_next_ones_time() -> None:
    times = HintTimes()
    clock = HintClock(times, 0.0)
    clock.hinted(3.0)
    clock.hinted(3.5)
    clock.told(4.0)
    clock.hinted(6.0)
    assert [times.delay[awaited].mean for awaited in Awaited] == [3.0, 2.0, 0.5]
    assert clock.wait_until(6.1, 1.0, 1.0, 1.0) == pytest.approx(6.5)


def sure() -> CandidateCalibration:
    calibration = CandidateCalibration()
    for _ in range(100):
        calibration.observe(CandidateTree.chain([1]), [1])
    return calibration


def test_a_hint_gains_most_where_there_is_no_candidate(engine: TargetEngine) -> None:
    state, calibration = engine.grammar.start(), sure()
    first = int(state.allowed()[0])
    nothing = hint_gain(NO_CANDIDATES, calibration, state)
    drafted = hint_gain(CandidateTree.chain([first], HintSource.CLIENT, 0.5), calibration, state)
    covered = hint_gain(CandidateTree.chain([first], HintSource.HISTORY, 0.9), calibration, state)
    assert nothing == pytest.approx(1.0)
    # The branch stands in half of the cases, and the hint after it is as sure as the branch.
    assert drafted == pytest.approx(0.25)
    assert covered == 0.0
    assert not state.choices


def test_a_hint_gains_nothing_after_a_draft_that_ends_the_text(engine: TargetEngine) -> None:
    state = engine.grammar.start()
    whole = state.fork()
    while not whole.complete:
        whole.choose(int(whole.allowed()[-1]))
    ended = CandidateTree.chain(whole.choices, HintSource.CLIENT, 1.0)
    assert hint_gain(ended, sure(), state) == 0.0
    assert hint_gain(ended.head(len(ended) - 1), sure(), state) > 0.9
