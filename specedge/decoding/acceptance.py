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
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specedge.decoding.noise import gumbel

HOTTEST = 10.0
"""Above this temperature a draw says nothing about the model."""


@dataclass(frozen=True)
class Sampling:
    """How a turn chooses its tokens.

    All but the temperature is without effect at temperature 0. The two filters apply in the order
    in which transformers' ``generate`` applies them, to the logits over the temperature.

    Attributes:
        temperature: 0 for the likeliest token, at most `HOTTEST`.
        seed: Of the turn's noise, 0 to 2**63 - 1.
        top_k: Draws are made from this many of the likeliest allowed tokens; 0 for all.
        top_p: Draws are made from the likeliest tokens whose probabilities first add up to this
            share, above 0; 1 for all.
    """

    temperature: float = 0.0
    seed: int = 0
    top_k: int = field(default=0, kw_only=True)
    top_p: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and 0.0 <= self.temperature <= HOTTEST):
            raise ValueError(f"temperature {self.temperature} is outside 0 to {HOTTEST}")
        if not 0 <= self.seed < 1 << 63:
            raise ValueError(f"seed {self.seed} is outside 0 to 2**63 - 1")
        if self.top_k < 0:
            raise ValueError(f"top_k {self.top_k} is below 0, which stands for all tokens")
        if not 0.0 < self.top_p <= 1.0:
            raise ValueError(f"top_p {self.top_p} is not above 0 and at most 1")


def choose(
    logits: NDArray[np.float32], allowed: NDArray[np.int64], position: int, sampling: Sampling
) -> int:
    """Returns the token that a model with these logits chooses.

    Args:
        logits: [vocabulary] of one position.
        allowed: Ids of the tokens that the grammar allows there, ascending, not empty.
        position: Absolute position in the turn's text, forced tokens counted.
        sampling: The turn's sampling.
    """
    tokens, scores = _scored(logits, allowed, position, sampling)
    return int(tokens[np.argmax(scores)])


def ranked(
    logits: NDArray[np.float32], allowed: NDArray[np.int64], position: int, sampling: Sampling
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Returns what a better model may choose in the turn, judged by this one's logits.

    The noise of a position is known, so the tokens rank by their scores with it: the first is what
    this model chooses. Their probabilities are the softmax of those scores in units of logits,
    which at temperature 0 is the model's own softmax, and above it a guess.

    Args:
        logits, allowed, position, sampling: As for `choose`.

    Returns:
        The tokens that may be drawn and their probabilities, likeliest first.
    """
    tokens, scores = _scored(logits, allowed, position, sampling)
    weights = _softmax(scores * (sampling.temperature or 1.0))
    order = np.argsort(-scores, kind="stable")
    return tokens[order], weights[order]


def probability(
    logits: NDArray[np.float32], allowed: NDArray[np.int64], token: int, temperature: float = 1.0
) -> float:
    """Returns the share of ``token`` in the softmax of the allowed logits over ``temperature``."""
    weights = _softmax(logits[allowed].astype(np.float64) / temperature)
    return float(weights[np.searchsorted(allowed, token)])


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """Returns how many leading tokens two lists share."""
    for count, (left, right) in enumerate(zip(first, second, strict=False)):
        if left != right:
            return count
    return min(len(first), len(second))


def _scored(
    logits: NDArray[np.float32], allowed: NDArray[np.int64], position: int, sampling: Sampling
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Returns the tokens that a draw is made from, ascending, with the scores that decide it."""
    scores = logits[allowed].astype(np.float64)
    if sampling.temperature == 0.0:
        return allowed, scores
    scores /= sampling.temperature
    if sampling.top_k or sampling.top_p < 1.0:
        kept = _filtered(scores, sampling)
        allowed, scores = allowed[kept], scores[kept]
    return allowed, scores + gumbel(sampling.seed, position, allowed)


def _filtered(scores: NDArray[np.float64], sampling: Sampling) -> NDArray[np.intp]:
    """Returns the indices, ascending, that top-k and then top-p leave."""
    order = np.argsort(-scores, kind="stable")
    if sampling.top_k:
        order = order[: sampling.top_k]
    if sampling.top_p < 1.0:
        before = np.cumsum(_softmax(scores[order]))
        # The token that reaches the share belongs to it.
        order = order[: int(np.searchsorted(before, sampling.top_p)) + 1]
    return np.sort(order)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = np.exp(scores - scores.max())
    return weights / weights.sum()
