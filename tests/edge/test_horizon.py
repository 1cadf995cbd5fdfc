"""The stopping rule: what is too late, what is too unlikely, and what the delay does to it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.tree import HintSource
from specedge.edge.estimates import EdgeEstimates
from specedge.edge.horizon import LEAST, MOST, MOST_STEPS, Horizon
from specedge.protocol.messages import Verified

seconds = st.floats(0.001, 2.0)
horizons = st.builds(
    Horizon,
    version=st.integers(0, 20),
    waited=st.floats(0.0, 2.0),
    round_trip=seconds,
    period=seconds,
    alone=st.floats(1.0, 4.0),
    step=seconds,
    acceptance=st.floats(0.0, 0.98),
    least=st.floats(LEAST, MOST),
)
shares = st.floats(0.0, 1.0)
depths = st.integers(0, 60)


@given(horizons, st.integers(0, 20))
def test_what_the_pass_under_way_decides_is_always_too_late(horizon: Horizon, steps: int) -> None:
    assert horizon.passed(steps) >= horizon.version + horizon.alone


@given(horizons, st.integers(0, 20))
def test_later_choices_meet_a_verifier_that_is_further(horizon: Horizon, steps: int) -> None:
    assert horizon.passed(steps) <= horizon.passed(steps + 1)


@given(horizons, st.floats(0.0, 2.0), st.integers(0, 20))
def test_a_longer_delay_puts_more_out_of_reach(horizon: Horizon, more: float, steps: int) -> None:
    slower = replace(horizon, round_trip=horizon.round_trip + more)
    assert slower.passed(steps) >= horizon.passed(steps)


@given(horizons, depths, shares)
def test_nothing_is_drafted_that_cannot_be_in_time(
    horizon: Horizon, depth: int, survival: float
) -> None:
    steps = horizon.steps(depth, survival)
    assert 0 <= steps <= MOST_STEPS
    if steps:
        assert any(depth + step > horizon.passed(step) for step in range(1, steps + 1))


@given(horizons, depths, shares)
def test_nothing_is_drafted_that_is_too_unlikely(
    horizon: Horizon, depth: int, survival: float
) -> None:
    steps = horizon.steps(depth, survival)
    if survival < horizon.least:
        assert steps == 0
    # The last but one step still starts from a text that is likely enough.
    if steps > 1:
        assert survival * horizon.acceptance ** (steps - 1) >= horizon.least * (1 - 1e-9)


@given(horizons, depths, shares, shares)
def test_a_likelier_text_is_drafted_on_at_least_as_far(
    horizon: Horizon, depth: int, first: float, second: float
) -> None:
    low, high = sorted((first, second))
    assert horizon.steps(depth, low) <= horizon.steps(depth, high)


@given(horizons, st.integers(0, 200), shares)
def test_before_the_verifiers_first_word_nothing_is_late(
    horizon: Horizon, steps: int, survival: float
) -> None:
    begun = replace(horizon, version=0, waited=None)
    assert begun.passed(steps) == 0
    assert (begun.steps(0, survival) > 0) == (survival >= begun.least)


def test_a_draft_that_is_slower_than_the_verifier_is_not_asked() -> None:
    fast = Horizon(5, 0.0, 0.3, 0.01, 1.0, 0.05, 0.9, LEAST)
    assert fast.steps(5, 1.0) == 0
    assert replace(fast, period=0.6).steps(5, 1.0) > 0


def test_a_draft_that_catches_up_is_asked_although_its_next_choice_is_late() -> None:
    behind = Horizon(5, 0.0, 0.2, 0.1, 1.0, 0.01, 0.95, LEAST)
    assert behind.passed(1) > 6
    assert behind.steps(5, 1.0) > 1


def test_a_draft_that_was_always_wrong_is_tried_again() -> None:
    estimates = EdgeEstimates()
    for _ in range(200):
        estimates.drafted(0, 0.9, right=False)
        estimates.step.add(0.02)
        estimates.period.add(0.03)
    assert Horizon.now(4, 0.0, estimates).steps(4, 1.0) > 0


def test_the_horizon_follows_what_is_measured() -> None:
    estimates = EdgeEstimates(lambda: 0.12)
    slow = Verified("0123456789abcdef", 1, 3, [5], 0, [int(HintSource.TARGET)], 1, 1, 0.01, 0.6)
    for _ in range(20):
        estimates.verified(slow, alone=1)
        estimates.step.add(0.07)
    assert Horizon.now(4, 0.0, estimates).steps(4, 1.0) > 0
    quick = Verified("0123456789abcdef", 1, 3, [5], 0, [int(HintSource.TARGET)], 1, 1, 0.0, 0.01)
    for _ in range(60):
        estimates.verified(quick, alone=1)
    assert Horizon.now(4, 0.0, estimates).steps(4, 1.0) == 0
