from __future__ import annotations

from pathlib import Path

import pytest
import torch

from specedge.models.ahead import AheadHead
from specedge.models.loading import load_model
from specedge.training.ahead import measure_ahead, train_ahead
from specedge.training.dataset import Frames
from specedge.training.frames import FIRST_HELD_OUT_ROOM, make_shard
from tests.models.random_pair import save_random_pair


@pytest.mark.slow
def test_a_head_learns_what_its_target_says_and_leaves_the_target_alone(tmp_path: Path) -> None:
    make_shard(tmp_path, [FIRST_HELD_OUT_ROOM + number for number in range(4)])
    frames = Frames(tmp_path)
    folder, _ = save_random_pair(tmp_path / "pair")
    target = load_model(folder)
    target.network.requires_grad_(False)
    before = [parameter.clone() for parameter in target.network.parameters()]
    torch.manual_seed(0)
    head = AheadHead(target.lm_head.weight.shape[1], 32)
    train_ahead(target, head, frames, minutes=0.05)
    trained = measure_ahead(target, head, frames)
    # Untrained it is right by chance, once in a vocabulary.
    assert trained.length > 0.1
    assert trained.agreement[0] > 0.1
    assert all(map(torch.equal, before, target.network.parameters()))
