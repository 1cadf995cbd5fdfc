"""A small measurement with the nano pair, from the command line to the JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil
import pytest

from specedge.cli import run
from tests.bench.decode.test_figures import PROMISED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def bench(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    file = tmp_path / "bench.json"
    before = set(psutil.Process().children())
    assert run(["bench", "decode", "--frames", "2", "--json", str(file), *arguments]) == 0
    assert set(psutil.Process().children()) <= before
    content: dict[str, Any] = json.loads(file.read_text())
    for row in content["rows"]:
        assert row.keys() >= PROMISED
        assert row["identical_to_cloud"], row["name"]
    return content


def test_this_machine_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bench(tmp_path)
    modes = [row["mode"] for row in content["rows"]]
    assert modes == ["cloud", "speculative", "preemptive", "streaming"]
    assert content["regime"] == "native"
    assert content["generate"]["same_text"]
    cloud = content["rows"][0]
    assert cloud["target_passes"] == cloud["tokens"] - 1
    assert cloud["acceptance"] is None
    shown = capsys.readouterr().out
    assert all(mode in shown for mode in modes)
    assert "Hugging Face's generate" in shown


def test_an_emulated_point_is_no_faster_than_its_link_and_target(tmp_path: Path) -> None:
    arguments = ["--regime", "loaded-cloud", "--time-scale", "0.5", "--temperature", "0.8"]
    pictures = ["--plot", str(tmp_path / "plot.png"), "--timeline", str(tmp_path / "timelines")]
    content = bench(tmp_path, *arguments, *pictures, "--modes", "cloud,streaming")
    assert content["time_scale"] == 0.5
    assert content["generate"] is None
    for row in content["rows"]:
        # Each pass after the one that read the prompt, the prompt, and the way there and back.
        assert min(row["latencies_ms"]) >= 60.0 + 2 * 60.0
    cloud, streaming = content["rows"]
    assert cloud["latency_ms"]["least"] >= 60.0 + 60.0 * min(4.0, cloud["target_passes"])
    assert streaming["target_passes"] <= cloud["target_passes"]
    assert (tmp_path / "plot.png").stat().st_size > 1000
    assert sorted(file.name for file in (tmp_path / "timelines").iterdir()) == [
        "cloud.svg",
        "streaming.svg",
    ]


def test_a_draft_that_is_always_wrong_costs_no_text_and_is_never_accepted(tmp_path: Path) -> None:
    arguments = ["--alpha", "0", "--modes", "speculative,streaming", "--without", "self,history"]
    content = bench(tmp_path, *arguments)
    assert content["alpha_had"] == 0.0
    for row in content["rows"]:
        assert not row["acceptance"]
    assert "draft" not in content["rows"][1]["tokens_by_source"]


def test_an_ablation_takes_every_source_away(tmp_path: Path) -> None:
    content = bench(tmp_path, "--ablation")
    rows = {row["name"]: row for row in content["rows"]}
    assert len(rows) == 11
    nothing = rows["streaming, none"]
    assert nothing["target_passes"] == rows["cloud"]["target_passes"]
    assert nothing["drafted"] == 0
    assert rows["streaming, forced alone"]["target_passes"] < nothing["target_passes"]
