"""What cannot be measured is told in one clear line, before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from specedge.bench.decode.contenders import contenders
from specedge.bench.decode.options import BenchOptions
from specedge.cli import run


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["bench", "decode", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("specedge: ")
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--regime", "moon"), "paper-go2"),
        (("--modes", "cloud,telepathy"), "'telepathy'"),
        (("--without", "client,luck"), "'luck'"),
        (("--frames", "0"), "--frames 0"),
        (("--alpha", "1.5"), "--alpha 1.5"),
        (("--alpha", "nan"), "--alpha"),
        (("--time-scale", "fast"), "'fast'"),
        (("--time-scale", "0"), "--time-scale 0"),
        (("--time-scale", "-1"), "--time-scale -1"),
        (("--gamma", "2.5"), "--gamma 2.5"),
        (("--gamma", "99"), "--gamma 99"),
        (("--gamma", "nan"), "--gamma nan"),
        (("--patience", "2"), "--patience 2"),
        (("--temperature", "11"), "--temperature 11"),
        (("--netem",), "--regime"),
        (("--grid", "--timeline", "/tmp"), "--regime"),
        (("--bag", "/nowhere/bag"), "/nowhere/bag"),
        (("--json", "/nowhere/x.json"), "no such folder"),
        (("--plot", "/nowhere/x.png"), "no such folder"),
        (("--frames", "many"), "--frames"),
    ],
)
def test_bad_use_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert said in complaint(capsys, *arguments)


def test_models_that_are_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert str(tmp_path) in complaint(capsys, "--models", str(tmp_path))


def test_cloud_is_measured_in_any_case_and_first() -> None:
    names = [c.name for c in contenders(BenchOptions(modes=("streaming", "speculative")))]
    assert names == ["cloud", "streaming", "speculative"]


def test_what_streaming_has_to_do_without_it_is_not_told_to_use() -> None:
    options = BenchOptions(modes=("streaming",), without=frozenset({"self", "history"}))
    assert contenders(options)[1].sources == {"client", "forced"}


def test_an_ablation_takes_each_source_alone_and_each_away() -> None:
    rows = {c.name: c.sources for c in contenders(BenchOptions(ablation=True))[1:]}
    assert len(rows) == 10
    assert rows["streaming, client alone"] == {"client"}
    assert rows["streaming, without client"] == {"self", "history", "forced"}
    assert rows["streaming, none"] == set()
    assert rows["streaming, all"] == {"client", "self", "history", "forced"}


def test_the_grid_has_every_round_trip_with_every_target() -> None:
    points = BenchOptions(grid=True).points()
    pairs = {(p.round_trip_ms, p.target_ms) for p in points if p is not None}
    assert len(points) == len(pairs) == 25
