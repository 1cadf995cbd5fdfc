"""Whether this processor multiplies bfloat16 faster than float32."""

from __future__ import annotations

import functools
import time

import torch


def autocast() -> torch.autocast:
    """Returns a context in which matrix products are computed in whatever is fastest here.

    Processors without instructions for bfloat16 emulate it, some thirty times slower than float32.
    """
    return torch.autocast("cpu", torch.bfloat16, enabled=_bfloat16_pays())


def fastest_dtype() -> torch.dtype:
    """Returns the type in which matrix products are fastest here, bfloat16 or float32."""
    return torch.bfloat16 if _bfloat16_pays() else torch.float32


@functools.cache
def _bfloat16_pays() -> bool:
    return _product_seconds(torch.bfloat16) < _product_seconds(torch.float32)


def _product_seconds(dtype: torch.dtype) -> float:
    left, right = torch.ones(256, 256, dtype=dtype), torch.ones(256, 256, dtype=dtype)
    best = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        left @ right
        best = min(best, time.perf_counter() - begun)
    return best
