from __future__ import annotations

from pathlib import Path

import pytest
import torch

from specedge.training.checkpoints import WrongCheckpoint, load_checkpoint, save_checkpoint


def test_a_training_goes_on_from_its_own_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "new" / "looking.pt"
    save_checkpoint(path, "seed 0", {"step": 3})
    assert load_checkpoint(path, "seed 0", "--out")["step"] == 3
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_checkpoint_of_another_training_or_of_none_that_is_known_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "looking.pt"
    save_checkpoint(path, "seed 0", {})
    with pytest.raises(WrongCheckpoint, match=r"looking.pt is .*seed 0, not seed 5\).*--out"):
        load_checkpoint(path, "seed 5", "--out")
    torch.save({"step": 3}, path)
    with pytest.raises(WrongCheckpoint, match=r"looking.pt is .*without a name.*remove it"):
        load_checkpoint(path, "seed 0", "--out")
