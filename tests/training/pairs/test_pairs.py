"""A small pair, made on the spot, learns from a bag; on one thread, within a minute."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForImageTextToText

from specedge.models.ahead import load_ahead
from specedge.models.exits import load_exits
from specedge.models.loading import load_model
from specedge.models.placement import Placement
from specedge.training.pairs.loop import Schedule
from specedge.training.pairs.recipe import (
    BadPair,
    PairData,
    train_pair_draft,
    train_pair_exits,
)
from tests.models.families import qwen2_vl
from tests.training.pairs.bag import write_course

SCHEDULE = Schedule(epochs=2, accumulate=4, learning_rate=5e-3)
EXIT_LAYERS = (0, 2)
TURNS = 36


@dataclass(frozen=True)
class Pair:
    target: Path
    draft: Path
    data: PairData


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("pair")
    for name in ("target", "draft"):
        (folder / name).mkdir()
    qwen2_vl(folder / "target", seed=0)
    qwen2_vl(folder / "draft", 1, hidden=32, layers=1, num_attention_heads=2, num_key_value_heads=1)
    bag = write_course(folder / "bag", TURNS)
    return Pair(folder / "target", folder / "draft", PairData((bag,), folder / "work"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_exits_learn_to_agree_and_leave_the_target_as_it_is(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {path: path.read_bytes() for path in pair.target.iterdir() if "exits" not in path.name}
    quality = train_pair_exits(
        str(pair.target), pair.data, None, Placement(), SCHEDULE, layers=EXIT_LAYERS, ahead=False
    )
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("exit after")]
    assert len(said) == len(EXIT_LAYERS)
    for line, measured in zip(said, quality.values(), strict=True):
        before = json.loads(line.partition(": ")[2])["agreement_before"]
        assert measured.agreement > before + 0.2
        assert measured.calibration_error < 0.2
    target = load_model(pair.target)
    assert load_ahead(target) is None
    loaded = load_exits(target)
    assert loaded is not None
    assert loaded.layers == EXIT_LAYERS
    assert loaded.temperatures == {layer: q.temperature for layer, q in quality.items()}
    assert {path: path.read_bytes() for path in files} == files


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_draft_learns_to_say_what_its_target_says(pair: Pair, tmp_path: Path) -> None:
    quality = train_pair_draft(
        str(pair.target), str(pair.draft), pair.data, tmp_path, Placement(), SCHEDULE
    )
    assert quality.acceptance > quality.acceptance_before + 0.2
    assert quality.parameter_ratio < 1.0
    assert quality.cost_ratio == pytest.approx(quality.draft_ms / quality.target_ms, rel=0.05)
    assert AutoModelForImageTextToText.from_pretrained(tmp_path).num_parameters() > 0
    saved = load_model(tmp_path)
    assert saved.tokenizer.fingerprint == load_model(pair.target).tokenizer.fingerprint


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_second_call_has_nothing_left_to_do(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def call() -> str:
        train_pair_exits(
            str(pair.target), pair.data, tmp_path, Placement(), SCHEDULE, layers=EXIT_LAYERS
        )
        return capsys.readouterr().out

    call()
    answers = (pair.data.work / "answers.jsonl").read_bytes()
    trained = ("exits.safetensors", "ahead.safetensors", "ahead.json")
    files = {name: (tmp_path / name).read_bytes() for name in trained}
    head = load_ahead(load_model(pair.target), tmp_path)
    assert head is not None
    assert head.temperature != 1.0
    assert "epoch" not in call()
    assert (pair.data.work / "answers.jsonl").read_bytes() == answers
    assert {name: (tmp_path / name).read_bytes() for name in trained} == files


def test_exits_of_a_target_without_a_folder_need_one(pair: Pair) -> None:
    with pytest.raises(BadPair, match="--out"):
        train_pair_exits("someone/model", pair.data, None, Placement(), SCHEDULE)


def test_an_exit_below_the_last_layer_is_refused(pair: Pair) -> None:
    with pytest.raises(BadPair, match="layers 0 to 2"):
        train_pair_exits(str(pair.target), pair.data, None, Placement(), SCHEDULE, layers=(3,))


def test_a_draft_with_another_tokenizer_is_refused(pair: Pair, tmp_path: Path) -> None:
    shutil.copytree(pair.draft, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "tokenizer.json"
    content = json.loads(path.read_text())
    content["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "MergedWithPrevious"
    path.write_text(json.dumps(content))
    with pytest.raises(BadPair, match="tokenizers differ"):
        train_pair_draft(
            str(pair.target), str(tmp_path), pair.data, tmp_path / "out", Placement(), SCHEDULE
        )
