from __future__ import annotations

import pytest
import torch

from specedge.training.calibration import (
    TEMPERATURES,
    best_temperature,
    expected_calibration_error,
)


def drawn(scale: float, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits that are too sure by a factor, and choices drawn by what they are a factor of."""
    random = torch.Generator().manual_seed(5)
    honest = torch.randn(count, 6, generator=random)
    wanted = torch.multinomial(honest.softmax(-1), 1, generator=random)[:, 0]
    return honest * scale, wanted


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_the_best_temperature_undoes_how_much_too_sure_logits_are(scale: float) -> None:
    assert best_temperature([drawn(scale, 20_000)]) == pytest.approx(scale, rel=0.1)


def test_sets_of_logits_count_by_their_size() -> None:
    many, few = drawn(2.0, 5_000), drawn(0.5, 50)
    assert best_temperature([few, many]) == pytest.approx(best_temperature([many]), rel=0.06)
    assert best_temperature([]) == TEMPERATURES[0]


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    confidence = torch.full((100,), 0.9)
    right = torch.tensor([1.0] * 60 + [0.0] * 40)
    assert expected_calibration_error(confidence, right) == pytest.approx(0.3, abs=1e-6)
