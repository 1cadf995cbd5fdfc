"""How far confidences can be trusted: temperatures, and the error that is left."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from torch import Tensor
from torch.nn import functional

CALIBRATION_BINS = 15
"""Of the expected calibration error, as in Guo et al. 2017."""
TEMPERATURES = tuple(0.25 * 1.05**step for step in range(60))
"""What logits may be divided by, 0.25 to 4.4."""


def best_temperature(judged: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Returns the temperature with the least cross entropy (Guo et al. 2017).

    Args:
        judged: Logits [N, vocabulary] and what was wanted [N], or one of them [vocabulary] and [];
            their cross entropies are added.
    """
    losses = np.zeros(len(TEMPERATURES))
    for logits, wanted in judged:
        losses += [
            float(functional.cross_entropy(logits / value, wanted, reduction="sum"))
            for value in TEMPERATURES
        ]
    return TEMPERATURES[int(losses.argmin())]


def expected_calibration_error(confidence: Tensor, right: Tensor) -> float:
    """Mean distance of confidence and accuracy over equal bins, weighted by their size."""
    bins = (confidence * CALIBRATION_BINS).long().clamp(max=CALIBRATION_BINS - 1)
    error = 0.0
    for index in range(CALIBRATION_BINS):
        inside = bins == index
        if inside.any():
            gap = confidence[inside].mean() - right[inside].mean()
            error += float(gap.abs() * inside.float().mean())
    return error
