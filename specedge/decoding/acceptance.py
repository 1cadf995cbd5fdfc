"""The rule that makes every mode give the same text.

The token at absolute position i of a turn is the target's own choice: the likeliest allowed token
at temperature 0, and above it a Gumbel-max draw, which follows the softmax of the allowed logits,
with noise keyed by (turn seed, i). A drafted token stands if and only if it is that token. So
nothing that a client proposes can change the text, only how soon it is known.

Logits of one pass over many tokens and of many passes over one differ in their last bits in
float32. The choice is the same unless two tokens tie to within those bits; ties that are exact go
to the smaller token id.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specedge.decoding.noise import gumbel

HOTTEST = 10.0
"""Above this temperature a draw says nothing about the model."""


@dataclass(frozen=True)
class Sampling:
    """How a turn chooses its tokens.

    Attributes:
        temperature: 0 for the likeliest token, at most `HOTTEST`.
        seed: Of the turn's noise, 0 to 2**63 - 1; without effect at temperature 0.
    """

    temperature: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and 0.0 <= self.temperature <= HOTTEST):
            raise ValueError(f"temperature {self.temperature} is outside 0 to {HOTTEST}")
        if not 0 <= self.seed < 1 << 63:
            raise ValueError(f"seed {self.seed} is outside 0 to 2**63 - 1")


def choose(
    logits: NDArray[np.float32], allowed: NDArray[np.int64], position: int, sampling: Sampling
) -> int:
    """Returns the token that a model with these logits chooses.

    Args:
        logits: [vocabulary] of one position.
        allowed: Ids of the tokens that the grammar allows there, ascending, not empty.
        position: Absolute position in the turn's text, forced tokens counted.
        sampling: The turn's temperature and seed.
    """
    scores = logits[allowed]
    if sampling.temperature > 0.0:
        noise = gumbel(sampling.seed, position, allowed)
        return int(allowed[np.argmax(scores / np.float64(sampling.temperature) + noise)])
    return int(allowed[np.argmax(scores)])


def probability(
    logits: NDArray[np.float32], allowed: NDArray[np.int64], token: int, temperature: float = 1.0
) -> float:
    """Returns the share of ``token`` in the softmax of the allowed logits over ``temperature``."""
    scores = logits[allowed].astype(np.float64) / temperature
    weights = np.exp(scores - scores.max())
    return float(weights[np.searchsorted(allowed, token)] / weights.sum())


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """Returns how many leading tokens two lists share."""
    for count, (left, right) in enumerate(zip(first, second, strict=False)):
        if left != right:
            return count
    return min(len(first), len(second))
