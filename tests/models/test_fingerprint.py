"""A fingerprint changes with anything that changes what a model says, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from specedge.models import fingerprint as module
from specedge.models.fingerprint import fingerprint, own_fingerprint


def model(folder: Path, weights: bytes = b"weights", config: str = "{}") -> Path:
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text(config)
    return folder


def test_equal_files_have_equal_fingerprints_wherever_they_lie(tmp_path: Path) -> None:
    first, second = model(tmp_path / "a"), model(tmp_path / "b")
    (second / "README.md").write_text("a model")

    assert fingerprint(first) == fingerprint(second) != ""


def test_other_weights_or_settings_have_another(tmp_path: Path) -> None:
    folders = [
        model(tmp_path / "a"),
        model(tmp_path / "b", weights=b"heavier"),
        model(tmp_path / "c", config='{"layers": 2}'),
    ]

    assert len({fingerprint(folder) for folder in folders}) == 3


def test_exits_and_a_drafting_head_change_that_of_all_but_not_the_models_own(
    tmp_path: Path,
) -> None:
    bare, trained = model(tmp_path / "a"), model(tmp_path / "b")
    for name in ("exits.safetensors", "exits.json", "ahead.safetensors", "ahead.json"):
        (trained / name).write_bytes(b"trained")

    assert fingerprint(bare) != fingerprint(trained)
    assert own_fingerprint(bare) == own_fingerprint(trained) == fingerprint(bare)


def test_of_a_large_file_both_ends_and_the_size_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGE", 8)
    monkeypatch.setattr(module, "_PIECE", 4)
    contents = [b"aaaa----bbbb", b"xaaa----bbbb", b"aaaa----bbbx", b"aaaa-----bbbb"]
    folders = [model(tmp_path / str(i), content) for i, content in enumerate(contents)]

    assert len({fingerprint(folder) for folder in folders}) == len(contents)


def test_a_folder_without_a_model_has_none(tmp_path: Path) -> None:
    assert fingerprint(tmp_path) == ""
