from __future__ import annotations

from pathlib import Path

import pytest

from specedge.cli import BAD_USE, run
from specedge.paths import shared

NANO = str(shared("models", "nano", "target"))


@pytest.mark.parametrize("command", ["data", "drive", "target", "exits", "draft"])
def test_every_training_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", command, "--help"]) == 0
    assert f"specedge train {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["draft", "--data", "."], "--draft MODEL"),
        (["exits", "--data", "/nowhere", "--model", NANO], "/nowhere"),
        (["exits", "--data", ".", "--layers", "deep"], "6,13,20"),
        (["exits", "--out", "exits"], "--out: without --data"),
        (["exits", "--device", "cuda", "--rate", "1"], "--rate, --device: without --data"),
        (["draft", "--save-memory"], "--save-memory: without --data"),
        (["exits", "--data", ".", "--minutes", "3"], "--minutes: with --data"),
        (["draft", "--data", ".", "--held-out", "."], "--held-out: with --data"),
        (["draft", "--data", ".", "--draft", NANO], "--out FOLDER"),
        (["exits", "--model", "someone/model"], "--data"),
        (["draft", "--target", "/nowhere"], "specedge train target"),
        (["exits", "--data", ".", "--every", "0"], "--every 0"),
        (["exits", "--data", ".", "--every", "nan"], "--every nan"),
        (["exits", "--data", ".", "--seed", "-1"], "--seed"),
        (["target", "--minutes", "-1"], "--minutes"),
        (["data", "--first", "-1"], "--first"),
        (["exits", "--data", ".", "--epochs", "0"], "at least 1"),
        (["exits", "--data", ".", "--quantise", "5"], "4 or 8"),
        (["exits", "--data", ".", "--model", "someone/model"], "--out"),
    ],
)
def test_bad_use_is_told_in_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", *arguments]) == BAD_USE
    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1


def test_a_draft_of_another_family_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--target", NANO, "--draft", str(tmp_path), "--data", str(tmp_path)]
    arguments += ["--out", str(tmp_path / "draft")]
    assert run(["train", "draft", *arguments]) == BAD_USE
    assert "tokenizer.json" in capsys.readouterr().err
