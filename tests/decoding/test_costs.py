from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.costs import (
    LONGEST_DRAFT,
    MEMORY,
    PassCost,
    RunningEstimate,
    best_draft_length,
)

SECONDS = st.floats(1e-3, 1.0)
SHARES = st.floats(0.0, 1.0)
PASSES = st.lists(st.tuples(st.integers(1, 64), SECONDS), max_size=60)
GAINS = st.lists(st.floats(0.0, 1.0), max_size=40).map(lambda g: [0.0, *itertools.accumulate(g)])


def measured(passes: list[tuple[int, float]]) -> PassCost:
    cost = PassCost()
    for tokens, seconds in passes:
        cost.add(tokens, seconds)
    return cost


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=MEMORY))
def test_the_first_observations_weigh_the_same(values: list[float]) -> None:
    estimate = RunningEstimate()
    for value in values:
        estimate.add(value)
    mean = math.fsum(values) / len(values)
    square = math.fsum((value - mean) ** 2 for value in values) / len(values)
    assert estimate.mean == pytest.approx(mean, abs=1e-6)
    assert estimate.deviation == pytest.approx(math.sqrt(square), rel=1e-6, abs=1e-3)


@given(st.lists(SECONDS, min_size=1))
def test_an_estimate_stays_among_what_was_observed(values: list[float]) -> None:
    estimate = RunningEstimate()
    for value in values:
        estimate.add(value)
    assert min(values) * (1 - 1e-9) <= estimate.mean <= max(values) * (1 + 1e-9)
    assert 0.0 <= estimate.deviation <= (max(values) - min(values)) + 1e-9


@given(SECONDS, SECONDS, st.integers(1, 100))
def test_an_estimate_follows_a_jump_within_the_observations_it_says(
    before: float, after: float, count: int
) -> None:
    estimate = RunningEstimate()
    for _ in range(count):
        estimate.add(before)
    off = abs(after - before) / (0.1 * after)
    needed = max(0, math.ceil(math.log(max(off, 1.0)) / -math.log(1.0 - 1.0 / MEMORY)))
    for _ in range(needed):
        estimate.add(after)
    assert estimate.mean == pytest.approx(after, rel=0.1001)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_averaged(value: float) -> None:
    with pytest.raises(ValueError, match="averaged"):
        RunningEstimate().add(value)


@given(PASSES)
def test_more_tokens_never_cost_less(passes: list[tuple[int, float]]) -> None:
    cost = measured(passes)
    curve = [cost.seconds(tokens) for tokens in range(1, 100)]
    assert all(small <= large * (1 + 1e-9) for small, large in itertools.pairwise(curve))
    assert curve[0] > 0.0


@given(st.floats(1e-3, 0.1), st.floats(0.0, 0.01), st.integers(0, 1000))
def test_pass_costs_converge_to_what_passes_take(base: float, each: float, seed: int) -> None:
    cost = PassCost()
    sizes = [1, 2, 5, 9, 17, 33]
    for round_ in range(30):
        for size in sizes[:: 1 if (round_ + seed) % 2 else -1]:
            cost.add(size, base + each * size)
    for size in range(1, 34):
        assert cost.seconds(size) == pytest.approx(base + each * size, rel=1e-3)


@given(st.floats(0.1, 10.0), st.sampled_from([1, 8, 24]))
def test_pass_costs_follow_a_load_that_changes_within_a_run(factor: float, used: int) -> None:
    cost = measured([(size, 0.01) for size in (1, 8, 24)] * 10)
    for _ in range(200):
        cost.add(used, 0.01 * factor)
    for size in (1, 8, 24):
        assert cost.seconds(size) == pytest.approx(0.01 * factor, rel=0.3)
    assert cost.seconds(used) == pytest.approx(0.01 * factor, rel=0.1)


@given(PASSES, GAINS, st.integers(1, 20), st.floats(1.0, 3.0))
def test_no_size_is_picked_that_should_give_less_than_a_pass_alone(
    passes: list[tuple[int, float]], expected: list[float], pending: int, tokens_each: float
) -> None:
    cost = measured(passes)

    def rate(count: int) -> float:
        return (1.0 + expected[count]) / cost.seconds(pending + round(count * tokens_each))

    best = cost.best_size(expected, pending=pending, tokens_each=tokens_each)
    assert 0 <= best < len(expected)
    assert rate(best) >= max(rate(count) for count in range(len(expected))) * (1 - 1e-12)


def test_where_tokens_are_free_all_likely_candidates_go_in_and_where_dear_none() -> None:
    expected = [0.0, *itertools.accumulate([0.5] * 16)]
    assert measured([(1, 0.03), (17, 0.03)] * 4).best_size(expected) == 16
    assert measured([(size, 0.03 * size) for size in range(1, 18)]).best_size(expected) == 0


def test_candidates_that_hardly_stand_a_chance_stay_out() -> None:
    assert PassCost().best_size([0.0, 0.001, 0.002, 0.003]) == 0


def test_the_worst_candidate_goes_in_where_without_it_each_pending_token_takes_a_pass() -> None:
    assert PassCost().best_size([0.0, 0.001], pending=3) == 0
    assert PassCost().best_size([0.0, 0.001], pending=3, single=True) == 1
    assert PassCost().best_size([0.0], pending=3, single=True) == 0


@pytest.mark.parametrize(("tokens", "seconds"), [(0, 0.1), (1, -0.1), (1, math.nan)])
def test_a_pass_that_cannot_have_been_is_no_measurement(tokens: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="not measured"):
        PassCost().add(tokens, seconds)


@given(SHARES, SECONDS, SECONDS, SECONDS, SECONDS)
def test_a_longer_round_trip_never_asks_for_a_shorter_draft(
    acceptance: float, round_trip: float, more: float, pass_seconds: float, draft: float
) -> None:
    near = best_draft_length(acceptance, round_trip, pass_seconds, draft)
    far = best_draft_length(acceptance, round_trip + more, pass_seconds, draft)
    assert 1 <= near <= far <= LONGEST_DRAFT


@given(st.floats(0.1, 0.9), st.floats(0.01, 10.0), st.floats(0.001, 0.1))
def test_the_draft_grows_with_the_logarithm_of_the_delay(
    acceptance: float, round_trip: float, draft: float
) -> None:
    once = best_draft_length(acceptance, round_trip, 0.0, draft)
    twice = best_draft_length(acceptance, 2.0 * round_trip, 0.0, draft)
    assert twice <= max(2 * once, once + math.log(2.0) / -math.log(acceptance)) + 2


def test_the_published_costs_ask_for_few_choices_and_a_sure_draft_for_many() -> None:
    lengths = [best_draft_length(a, 0.12, 0.62, 0.072) for a in (0.0, 0.52, 0.8, 0.95, 1.0)]
    assert lengths == sorted(lengths)
    assert lengths[0] == 1
    assert lengths[1] in (2, 3, 4)
    assert lengths[-1] == LONGEST_DRAFT


@pytest.mark.parametrize("arguments", [(1.1, 0, 0, 0), (-0.1, 0, 0, 0), (0.5, -1, 0, 0)])
def test_what_no_measurement_gives_is_refused(arguments: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="not negative"):
        best_draft_length(*arguments)
