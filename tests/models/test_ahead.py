"""The drafting head as files beside its target."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from specedge.models.ahead import DESCRIPTION, AheadHead, load_ahead
from specedge.models.loading import LoadedModel, load_model
from specedge.models.tokenizer import ModelNotFound
from tests.models.random_pair import save_random_pair


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder, _ = save_random_pair(tmp_path_factory.mktemp("pair"))
    return load_model(folder)


def test_a_saved_head_drafts_what_it_drafted_before(target: LoadedModel, tmp_path: Path) -> None:
    hidden = target.lm_head.weight.shape[1]
    head = AheadHead(hidden, 8)
    head.temperature = 0.7
    head.save(tmp_path)
    loaded = load_ahead(target, tmp_path)
    assert loaded is not None
    assert loaded.temperature == 0.7
    seen, said = torch.randn(3, hidden), torch.randn(3, hidden)
    before = head.logits(head.step(head.start(seen), said), target)
    after = loaded.logits(loaded.step(loaded.start(seen), said), target)
    assert torch.equal(before, after)


def test_a_target_without_one_has_none(target: LoadedModel, tmp_path: Path) -> None:
    assert load_ahead(target, tmp_path) is None


def test_a_head_of_another_target_is_refused(target: LoadedModel, tmp_path: Path) -> None:
    AheadHead(target.lm_head.weight.shape[1] + 4, 8).save(tmp_path)
    with pytest.raises(ModelNotFound, match=f"{DESCRIPTION} does not describe"):
        load_ahead(replace(target, name="another"), tmp_path)
