"""Noise that both ends compute alike, without sending it.

Each number depends on a turn's seed, a token's absolute position and the token alone, so it does
not matter who draws it, when, or how often. The mixing function is the finaliser of SplitMix64
(Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014); its constants are
from there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WORD = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def _mix(word: int) -> int:
    word = ((word ^ (word >> 30)) * _FIRST) & _WORD
    word = ((word ^ (word >> 27)) * _SECOND) & _WORD
    return word ^ (word >> 31)


def uniform(seed: int, position: int, tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns one number in (0, 1), ends excluded, for each token.

    Args:
        seed: The turn's seed; 64 bits count.
        position: Absolute position of the token in the turn's text, from 0.
        tokens: Token ids, any shape.
    """
    key = _mix((_mix((seed + _STEP) & _WORD) + (position + 1) * _STEP) & _WORD)
    words = np.uint64(key) + (tokens.astype(np.uint64) + np.uint64(1)) * np.uint64(_STEP)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(_FIRST)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(_SECOND)
    words ^= words >> np.uint64(31)
    # 52 bits and a half: a 53rd would round up to 1.0 at the top end.
    return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def gumbel(seed: int, position: int, tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns standard Gumbel noise for each token; arguments as for `uniform`."""
    noise: NDArray[np.float64] = -np.log(-np.log(uniform(seed, position, tokens)))
    return noise
