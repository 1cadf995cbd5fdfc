"""The report, the table and the pictures tell the whole story."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from specedge.bench.decode.figures import rows
from specedge.bench.decode.generate import Generated
from specedge.bench.decode.options import BenchOptions
from specedge.bench.decode.plot import plot
from specedge.bench.decode.points import grid
from specedge.bench.decode.report import report
from specedge.bench.decode.table import notes, show
from specedge.bench.decode.timeline import draw_timelines, median_sample
from tests.bench.decode import results
from tests.bench.decode.results import COSTS, FRAMES, MEASURED

ROWS = rows(results.measured(), FRAMES, COSTS)
GENERATED = Generated(seconds=0.2, first_token=0.05, tokens=16, passes=16, masked=False, same=True)


def content(options: BenchOptions, alpha_had: float | None = None) -> dict[str, object]:
    return report(options, 3, MEASURED, alpha_had, ROWS, [GENERATED], ("t", "d"))


def test_the_report_is_strict_json_with_what_the_interface_promises() -> None:
    text = json.dumps(content(BenchOptions(regime="paper-go2")), allow_nan=False)
    read = json.loads(text)
    assert read.keys() >= {"regime", "frames", "alpha", "time_scale", "rows"}
    assert (read["regime"], read["frames"], read["alpha"]) == ("paper-go2", 3, None)
    assert read["time_scale"] == results.SCALE
    assert {"processor", "load"} <= read["machine"].keys()
    assert "torch" in read["versions"]


def test_generate_is_compared_by_the_token() -> None:
    generated = content(BenchOptions())["generate"]
    assert isinstance(generated, dict)
    assert generated["per_token_ms"] == pytest.approx(200.0 / 16)
    assert generated["per_later_token_ms"] == pytest.approx(150.0 / 15)
    assert generated["per_pass_ms"] == pytest.approx(150.0 / 16)


def test_the_table_shows_every_row_within_an_ordinary_terminal() -> None:
    output = io.StringIO()
    options = BenchOptions(regime="paper-go2")
    show(Console(file=output, width=80), content(options), options)
    shown = output.getvalue()
    assert "round trip 120 ms, target 60 ms, draft 12 ms" in shown
    assert re.search(r"streaming\s+250\s+250\s+125\s+4\.00\s+91%", shown)
    assert "…" not in shown


def test_a_slow_target_leaves_the_names_of_modes_whole() -> None:
    output = io.StringIO()
    options = BenchOptions(regime="paper-go2")
    slow = {
        "p50": 23456.0,
        "p90": 34567.0,
    }
    told = content(options)
    told["rows"] = [
        {**row, "name": "speculative", "latency_ms": slow, "first_action_ms": slow} for row in ROWS
    ]
    show(Console(file=output, width=80), told, options)
    assert re.search(r"speculative\s+23456\s+34567\s+23456", output.getvalue())


def test_an_alpha_that_the_draft_cannot_reach_is_told() -> None:
    options = BenchOptions(alpha=0.9)
    said = " ".join(notes(content(options, alpha_had=0.7), options))
    assert "--alpha 0.9 was asked for" in said
    assert "0.70" in said


def test_an_ablation_says_what_the_edge_has_no_part_in() -> None:
    options = BenchOptions(ablation=True)
    said = " ".join(notes(content(options), options))
    assert "forced alone is what a cloud that fast-forwards" in said


def test_steps_that_took_too_long_are_told() -> None:
    assert "steps of the draft 10%" in " ".join(notes(content(BenchOptions()), BenchOptions()))


def test_a_grid_is_drawn_with_its_numbers(tmp_path: Path) -> None:
    options = BenchOptions(grid=True)
    every = [row for point in grid() for row in rows(results.measured(point), FRAMES, COSTS)]
    whole = report(options, 3, MEASURED, None, every, [], ("t", "d"))
    plot(whole, tmp_path / "grid.svg")
    assert (tmp_path / "grid.svg").stat().st_size > 1000
    plot(content(BenchOptions()), tmp_path / "regime.png")
    assert (tmp_path / "regime.png").read_bytes().startswith(b"\x89PNG")


def test_a_grid_of_cloud_alone_is_drawn_too(tmp_path: Path) -> None:
    every = [row for point in grid() for row in rows(results.measured(point), FRAMES, COSTS)]
    alone = [row for row in every if row["name"] == "cloud"]
    options = BenchOptions(grid=True, modes=("cloud",))
    plot(report(options, 3, MEASURED, None, alone, [], ("t", "d")), tmp_path / "grid.svg")
    assert (tmp_path / "grid.svg").stat().st_size > 1000


def test_a_timeline_is_drawn_for_each_row(tmp_path: Path) -> None:
    files = draw_timelines(results.measured(), tmp_path / "new")
    assert [file.name for file in files] == ["cloud.svg", "streaming.svg"]
    assert all("<svg" in file.read_text() for file in files)


def test_the_command_in_the_middle_stands_for_all() -> None:
    samples = [results.sample(0, seconds) for seconds in (0.3, 0.1, 0.2)]
    assert median_sample(samples).result.latency == 0.2
