"""Rows say what was measured, in unscaled milliseconds."""

from __future__ import annotations

import dataclasses

import pytest

from specedge.bench.decode.contenders import Contender
from specedge.bench.decode.figures import gain_share, rows
from specedge.bench.decode.points import Point
from tests.bench.decode import results
from tests.bench.decode.results import COSTS, FRAMES, POINT

PROMISED = {
    "mode", "rtt_ms", "target_ms", "draft_ms", "latency_ms", "first_action_ms",
    "speedup_vs_cloud", "tokens", "target_passes", "acceptance", "cache_hit_rate",
    "exit_agreement", "bytes_up", "bytes_down", "identical_to_cloud",
}  # fmt: skip


def test_a_row_has_all_that_the_interface_promises() -> None:
    for row in rows(results.measured(), FRAMES, COSTS):
        assert row.keys() >= PROMISED
        assert row["latency_ms"].keys() >= {"p50", "p90"}
        assert "p50" in row["first_action_ms"]


def test_times_are_what_they_would_be_at_full_scale() -> None:
    cloud, streaming = rows(results.measured(), FRAMES, COSTS)
    assert cloud["latency_ms"]["p50"] == pytest.approx(1000.0)
    assert streaming["latency_ms"]["p50"] == pytest.approx(250.0)
    assert streaming["first_action_ms"]["p50"] == pytest.approx(125.0)
    assert streaming["speedup_vs_cloud"] == pytest.approx(4.0)
    assert (cloud["rtt_ms"], cloud["target_ms"], cloud["draft_ms"]) == (120.0, 60.0, 12.0)


def test_the_gain_is_measured_against_a_round_trip_and_one_pass() -> None:
    assert gain_share(1000.0, 180.0, POINT) == pytest.approx(1.0)
    assert gain_share(1000.0, 1000.0, POINT) == 0.0
    assert gain_share(1000.0, 590.0, POINT) == pytest.approx(0.5)
    assert gain_share(170.0, 170.0, Point(120.0, 60.0, 12.0)) is None


def test_one_token_that_differs_makes_a_row_differ() -> None:
    measured = results.measured()
    streaming = Contender("streaming", "streaming")
    measured.samples[streaming][1] = results.sample(1, 0.1, tokens=(1, 8))
    cloud, row = rows(measured, FRAMES, COSTS)
    assert cloud["identical_to_cloud"]
    assert not row["identical_to_cloud"]


def test_a_text_that_all_modes_share_but_the_target_by_itself_does_not_give_is_told() -> None:
    frames = [dataclasses.replace(FRAMES[0], tokens=(5,)), *FRAMES[1:]]
    assert not any(row["identical_to_cloud"] for row in rows(results.measured(), frames, COSTS))


def test_this_machine_as_it_is_is_described_by_what_was_measured_on_it() -> None:
    row = rows(results.measured(point=None, scale=1.0), FRAMES, COSTS)[0]
    assert (row["rtt_ms"], row["target_ms"], row["draft_ms"]) == pytest.approx((60.0, 6.0, 2.0))


def test_overruns_are_shares_of_all_steps() -> None:
    row = rows(results.measured(), FRAMES, COSTS)[0]
    assert row["overruns"] == {"target": 0.01, "draft": 0.1}
    assert row["excess"] == {"target": 0.01, "draft": 0.1}
