from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from specedge.commands import Context
from specedge.models.exits import ExitHeads
from specedge.models.loading import LoadedModel
from specedge.training.pairs.answers import Asked, Teller
from specedge.training.pairs.exits import ExitTraining
from specedge.training.pairs.loop import Schedule
from specedge.training.pairs.samples import Sample
from tests.decoding import pair
from tests.decoding.conftest import folders, target

__all__ = ["folders", "target"]

LAYER = 1
RECORDED = "ball: left 25 deg, 2.5 m; turn left 25 deg."


def learning(target: LoadedModel, asked: Sequence[Asked]) -> ExitTraining:
    torch.manual_seed(0)
    exits = ExitHeads(target.lm_head.weight.shape[1], (LAYER,), 8)
    return ExitTraining(target, exits, pair.commands(target), asked, asked, Schedule())


def test_exits_are_measured_before_and_after_on_the_same_texts_of_the_target(
    target: LoadedModel,
) -> None:
    teller = Teller(target, pair.commands(target))
    samples = [
        Sample(pair.frame(number), Context("go to the ball"), RECORDED, "one")
        for number in range(4)
    ]
    asked = [(sample, answer) for sample in samples for answer in teller.answers(sample)]
    own = [item for item in asked if item[1].own]
    assert len(own) < len(asked)
    both, alone = learning(target, asked), learning(target, own)
    before = both.agreement()
    assert before == alone.agreement()
    after = both.calibrate()
    assert after[LAYER].agreement == pytest.approx(before[LAYER])
    assert after == alone.calibrate()
