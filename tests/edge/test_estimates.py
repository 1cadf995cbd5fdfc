from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.costs import LONGEST_DRAFT, best_draft_length
from specedge.edge.estimates import UNMEASURED_LENGTH, Calibration, EdgeEstimates
from specedge.protocol.messages import Verified


def measured(round_trip: float, passes: float, step: float, acceptance: float) -> EdgeEstimates:
    estimates = EdgeEstimates(lambda: round_trip)
    estimates.verified(Verified("0123456789abcdef", 1, 1, [5], 0, [0], 1, 1, 0.0, passes), 1)
    estimates.step.add(step)
    for index in range(100):
        estimates.drafted(0, 0.5, index % 100 < 100 * acceptance)
    return estimates


@given(st.floats(0.0, 1.0))
def test_a_model_is_believed_until_it_is_measured(probability: float) -> None:
    assert abs(Calibration()(probability) - probability) < 1e-9


def test_a_model_that_boasts_is_cut_down_to_what_came_true() -> None:
    calibration, dice = Calibration(), np.random.default_rng(0)
    for _ in range(1000):
        calibration.observe(0.95, bool(dice.random() < 0.5))
    assert 0.4 < calibration(0.95) < 0.6
    assert abs(calibration(0.15) - 0.15) < 1e-9


@given(st.floats(0.0, 1.0), st.lists(st.booleans()))
def test_a_calibrated_probability_is_one(probability: float, outcomes: list[bool]) -> None:
    calibration = Calibration()
    for right in outcomes:
        calibration.observe(probability, right)
    assert 0.0 <= calibration(probability) <= 1.0


def test_without_measurements_a_proposal_has_its_first_length() -> None:
    assert EdgeEstimates().best_length() == UNMEASURED_LENGTH


def test_a_proposal_is_as_long_as_the_costs_say() -> None:
    estimates = measured(0.12, 0.62, 0.072, 0.8)
    acceptance = estimates.acceptance.mean
    assert estimates.best_length() == best_draft_length(acceptance, 0.12, 0.62, 0.072)


@given(st.integers(1, LONGEST_DRAFT))
def test_what_is_drafted_already_is_proposed(ready: int) -> None:
    estimates = measured(0.12, 0.62, 0.072, 0.8)
    assert estimates.best_length(ready) >= ready


def test_a_longer_way_makes_a_longer_proposal() -> None:
    near, far = measured(0.01, 0.03, 0.02, 0.8), measured(0.5, 0.03, 0.02, 0.8)
    assert far.best_length() > near.best_length()


def test_guesses_of_exits_are_wanted_where_passes_outlast_draft_steps() -> None:
    assert measured(0.1, 0.62, 0.072, 0.8).guesses_pay
    assert not measured(0.1, 0.01, 0.012, 0.8).guesses_pay
    assert not EdgeEstimates().guesses_pay
