from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.noise import gumbel, uniform

TOKENS = np.arange(200_000, dtype=np.int64)


def test_noise_is_uniform_between_zero_and_one() -> None:
    values = np.sort(uniform(7, 3, TOKENS))
    assert values[0] > 0.0
    assert values[-1] < 1.0
    # Kolmogorov-Smirnov: 1.95 / sqrt(n) is exceeded by chance once in a thousand.
    steps = np.arange(len(values)) / len(values)
    assert np.abs(values - steps).max() < 1.95 / np.sqrt(len(values))


def test_gumbel_noise_has_the_mean_and_variance_of_its_distribution() -> None:
    values = gumbel(11, 0, TOKENS)
    assert abs(values.mean() - np.euler_gamma) < 0.01
    assert abs(values.var() - np.pi**2 / 6) < 0.03


@given(st.integers(0, 2**63 - 1), st.integers(0, 500), st.integers(1, 150_000))
def test_noise_of_a_token_does_not_depend_on_what_else_is_drawn(
    seed: int, position: int, token: int
) -> None:
    alone = uniform(seed, position, np.array([token]))[0]
    among = uniform(seed, position, np.array([token - 1, token, token + 1]))[1]
    assert alone == among


def test_neighbouring_seeds_positions_and_tokens_are_unrelated() -> None:
    tokens = TOKENS[:20_000]
    base = uniform(5, 5, tokens)
    for other in (uniform(6, 5, tokens), uniform(5, 6, tokens), uniform(5, 5, tokens + 1)):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.03
    positions = np.array([uniform(5, position, tokens[:1])[0] for position in range(5_000)])
    assert abs(np.corrcoef(positions[:-1], positions[1:])[0, 1]) < 0.06


def test_noise_stays_the_same_in_every_release() -> None:
    # Computed by hand with whole numbers; another client can check its generator with these.
    values = uniform(1, 2, np.array([0, 1, 151_655]))
    assert [float(value).hex() for value in values] == [
        "0x1.f0910232211a4p-3",
        "0x1.fd57340a58069p-1",
        "0x1.ad988a1c2af95p-1",
    ]
