from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.acceptance import Sampling, choose, common_prefix, probability, ranked

ALLOWED = np.array([2, 5, 6], dtype=np.int64)
LOGITS = np.array([9.0, 9.0, 0.5, 9.0, 9.0, 1.0, -1.0, 9.0], np.float32)


def test_without_temperature_the_likeliest_allowed_token_is_chosen() -> None:
    logits = np.array([9.0, 0.0, 1.0, 9.0, 9.0, 3.0, 2.0, 9.0], np.float32)
    assert choose(logits, ALLOWED, 0, Sampling()) == 5


def test_an_exact_tie_goes_to_the_smaller_id() -> None:
    assert choose(np.zeros(8, np.float32), ALLOWED, 0, Sampling()) == 2


def shares(sampling: Sampling, draws: int = 20_000) -> dict[int, int]:
    """How often each token is drawn."""
    counts: dict[int, int] = {}
    for seed in range(draws):
        token = choose(LOGITS, ALLOWED, seed % 50, dataclasses.replace(sampling, seed=seed))
        counts[token] = counts.get(token, 0) + 1
    return counts


@pytest.mark.parametrize(
    ("sampling", "kept"),
    [
        (Sampling(0.8), [2, 5, 6]),
        (Sampling(0.8, top_k=2), [2, 5]),
        (Sampling(0.8, top_k=1), [5]),
        # At 0.8 the tokens 5, 2 and 6 have 0.62, 0.33 and 0.05.
        (Sampling(0.8, top_p=0.96), [2, 5, 6]),
        (Sampling(0.8, top_p=0.9), [2, 5]),
        (Sampling(0.8, top_p=0.6), [5]),
        (Sampling(0.8, top_k=2, top_p=0.64), [5]),
        (Sampling(0.8, top_k=2, top_p=0.66), [2, 5]),
    ],
)
def test_with_temperature_tokens_are_drawn_from_the_softmax_of_what_is_left(
    sampling: Sampling, kept: list[int]
) -> None:
    counts = shares(sampling)
    assert sorted(counts) == kept
    left = np.array(kept)
    chi_squared = 0.0
    for token, count in counts.items():
        expected = sum(counts.values()) * probability(LOGITS, left, token, 0.8)
        chi_squared += (count - expected) ** 2 / expected
    # At most two degrees of freedom: 13.8 is exceeded by chance once in a thousand.
    assert chi_squared < 13.8


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(0.8, 3), Sampling(0.8, 3, top_k=2)])
def test_tokens_rank_by_what_would_be_chosen_without_the_ones_before(sampling: Sampling) -> None:
    tokens, probabilities = ranked(LOGITS, ALLOWED, 7, sampling)
    left = ALLOWED
    for token in tokens[:2].tolist():
        assert choose(LOGITS, left, 7, dataclasses.replace(sampling, top_k=0)) == token
        left = left[left != token]
    assert len(tokens) == (sampling.top_k or 3)
    assert probabilities.tolist() == sorted(probabilities, reverse=True)
    assert probabilities.sum() == pytest.approx(1.0)


def test_without_temperature_tokens_rank_by_their_probability() -> None:
    tokens, probabilities = ranked(LOGITS, ALLOWED, 7, Sampling())
    assert tokens.tolist() == [5, 2, 6]
    assert probabilities.tolist() == pytest.approx(
        [probability(LOGITS, ALLOWED, token) for token in (5, 2, 6)]
    )


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


@pytest.mark.parametrize("top_p", [0.0, -0.5, 1.1, float("nan")])
def test_a_share_without_a_meaning_is_refused(top_p: float) -> None:
    with pytest.raises(ValueError, match="top_p"):
        Sampling(top_p=top_p)


def test_less_than_no_tokens_to_draw_from_are_refused() -> None:
    with pytest.raises(ValueError, match="top_k"):
        Sampling(top_k=-1)


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_the_common_prefix_is_shared_and_ends_where_lists_part(
    first: list[int], second: list[int]
) -> None:
    shared = common_prefix(first, second)
    assert first[:shared] == second[:shared]
    assert first[shared : shared + 1] != second[shared : shared + 1] or shared == len(first)
