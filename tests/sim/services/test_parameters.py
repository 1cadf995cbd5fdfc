from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.sim.services.parameters import BadParameter, Parameters


@given(text=st.text(min_size=1) | st.lists(st.floats() | st.text(), max_size=5).map(json.dumps))
def test_a_text_that_is_no_object_is_a_bad_parameter(text: str) -> None:
    with pytest.raises(BadParameter):
        Parameters(text)


def test_an_empty_text_is_a_call_without_fields() -> None:
    with pytest.raises(BadParameter, match="x is no number"):
        Parameters("").number("x", 0.0, 1.0)


@pytest.mark.parametrize("value", ["NaN", "Infinity", '"1"', "true", "null", "1.5", "-1"])
def test_a_number_must_be_finite_and_within_its_limits(value: str) -> None:
    with pytest.raises(BadParameter):
        Parameters(f'{{"x": {value}}}').number("x", 0.0, 1.0)


def test_the_limits_of_a_number_belong_to_it() -> None:
    parameters = Parameters('{"low": 0, "high": 1.0}')
    assert parameters.number("low", 0.0, 1.0) == 0.0
    assert parameters.number("high", 0.0, 1.0) == 1.0


@pytest.mark.parametrize("value", ["true", "0.0", "2"])
def test_a_whole_number_is_neither_a_flag_nor_a_fraction(value: str) -> None:
    with pytest.raises(BadParameter):
        Parameters(f'{{"data": {value}}}').integer("data", -1, 1)


def test_a_flag_is_not_a_number() -> None:
    assert Parameters('{"data": true}').flag("data") is True
    with pytest.raises(BadParameter):
        Parameters('{"data": 1}').flag("data")
