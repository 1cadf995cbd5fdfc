from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.acceptance import Sampling, choose, common_prefix, probability

ALLOWED = np.array([2, 5, 6], dtype=np.int64)


def test_without_temperature_the_likeliest_allowed_token_is_chosen() -> None:
    logits = np.array([9.0, 0.0, 1.0, 9.0, 9.0, 3.0, 2.0, 9.0], np.float32)
    assert choose(logits, ALLOWED, 0, Sampling()) == 5


def test_an_exact_tie_goes_to_the_smaller_id() -> None:
    assert choose(np.zeros(8, np.float32), ALLOWED, 0, Sampling()) == 2


def test_with_temperature_tokens_are_drawn_from_the_softmax_of_what_is_allowed() -> None:
    logits = np.array([9.0, 9.0, 0.5, 9.0, 9.0, 1.0, -1.0, 9.0], np.float32)
    draws = 20_000
    counts = dict.fromkeys(ALLOWED.tolist(), 0)
    for seed in range(draws):
        counts[choose(logits, ALLOWED, seed % 50, Sampling(0.8, seed))] += 1
    chi_squared = 0.0
    for token, count in counts.items():
        expected = draws * probability(logits, ALLOWED, token, 0.8)
        chi_squared += (count - expected) ** 2 / expected
    # Two degrees of freedom: 13.8 is exceeded by chance once in a thousand.
    assert chi_squared < 13.8


@given(st.integers(0, 2**63 - 1), st.integers(0, 200), st.floats(0.01, 10.0))
def test_the_same_seed_and_position_choose_the_same_token(
    seed: int, position: int, temperature: float
) -> None:
    logits = np.linspace(-1.0, 1.0, 8, dtype=np.float32)
    first = choose(logits, ALLOWED, position, Sampling(temperature, seed))
    assert first == choose(logits.copy(), ALLOWED, position, Sampling(temperature, seed))
    assert first in ALLOWED


def test_probabilities_of_what_is_allowed_add_up_to_one() -> None:
    logits = np.array([9.0, 0.0, 1.0, 9.0, 9.0, 3.0, 2.0, 9.0], np.float32)
    assert sum(probability(logits, ALLOWED, int(t)) for t in ALLOWED) == pytest.approx(1.0)


@pytest.mark.parametrize("temperature", [-0.1, float("nan"), 11.0])
def test_a_temperature_without_a_meaning_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match="temperature"):
        Sampling(temperature)


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_the_common_prefix_is_shared_and_ends_where_lists_part(
    first: list[int], second: list[int]
) -> None:
    shared = common_prefix(first, second)
    assert first[:shared] == second[:shared]
    assert first[shared : shared + 1] != second[shared : shared + 1] or shared == len(first)
