from __future__ import annotations

import json
from pathlib import Path

import pytest

from specedge.models import nano
from specedge.models.tokenizer import ModelNotFound, load_tokenizer, locate


def save(folder: Path, *added: str) -> Path:
    tokenizer = nano.make_tokenizer()
    tokenizer.add_tokens(list(added))
    tokenizer.save_pretrained(folder)
    return folder


def test_the_same_tokenizer_has_the_same_fingerprint_however_its_file_is_written(
    tmp_path: Path,
) -> None:
    first, second = save(tmp_path / "a"), save(tmp_path / "b")
    path = second / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    path.write_text(json.dumps(content, indent=1))
    assert load_tokenizer(first).fingerprint == load_tokenizer(second).fingerprint


def test_one_more_word_is_another_tokenizer(tmp_path: Path) -> None:
    first, second = save(tmp_path / "a"), save(tmp_path / "b", "zebra")
    assert load_tokenizer(first).fingerprint != load_tokenizer(second).fingerprint


def test_text_leaves_the_end_token_out(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(save(tmp_path))
    ids = tokenizer.tokens.tokenize_str("order; sit.")
    assert tokenizer.text([*ids, tokenizer.end]) == "order; sit."


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./nowhere", "nowhere"])
def test_a_folder_that_is_not_there_is_said_to_be_none(name: str) -> None:
    with pytest.raises(ModelNotFound, match="is not a model folder"):
        locate(name, "config.json")


def test_a_folder_without_a_model_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"has no tokenizer\.json"):
        load_tokenizer(tmp_path)


def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    save(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelNotFound, match="not a tokenizer"):
        load_tokenizer(tmp_path)
