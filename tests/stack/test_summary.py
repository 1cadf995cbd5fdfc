from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.nodes.topics import EXIT_AGREEMENT
from specedge.ros.interfaces import interface
from specedge.sim.room import Pose
from specedge.stack import summary
from specedge.stack.memory import MemoryMeter
from specedge.stack.truth import Judgement, Moment


def status(turn: int, latency: float, text: str = "order; sit.", **values: Any) -> Any:
    given_values = {"mode": "preemptive", "tokens": 20, "target_passes": 5, **values}
    return interface("specedge_msgs/msg/Status")(
        turn=turn, text=text, latency=latency, first_action_latency=latency / 2, **given_values
    )


def diagnostics(turn: int, state: str, share: str) -> Any:
    pair = interface("diagnostic_msgs/msg/KeyValue")
    values = [("state", state), ("turn", str(turn)), (f"{EXIT_AGREEMENT}4", share)]
    told = interface("diagnostic_msgs/msg/DiagnosticStatus")(
        level=b"\0", values=[pair(key=key, value=value) for key, value in values]
    )
    return interface("diagnostic_msgs/msg/DiagnosticArray")(status=[told])


def test_a_decode_that_is_told_many_times_counts_once() -> None:
    turns = summary.Turns()
    for message in (status(1, 0.4), status(1, 0.4), status(2, 0.4, text=""), status(2, 0.6)):
        turns.take(message)
    figures = turns.figures()
    assert figures["turns"] == 2
    assert figures["tokens"] == 40
    assert figures["latency_s"] == {"p50": 0.4, "p90": 0.6}
    assert figures["first_action_s"] == {"p50": 0.2, "p90": 0.3}


def test_a_mode_without_drafts_has_no_acceptance() -> None:
    turns = summary.Turns()
    turns.take(status(1, 0.4, mode="cloud"))
    assert turns.figures()["acceptance"] is None


def test_the_agreement_of_an_exit_is_the_mean_over_the_decodes() -> None:
    turns = summary.Turns()
    for message in (
        diagnostics(1, "acting", "0.5"),
        diagnostics(1, "acting", "0.5"),
        diagnostics(2, "deciding", "0.5"),
        diagnostics(2, "acting", "1.0"),
    ):
        turns.take_diagnostics(message)
    assert turns.figures()["exit_agreement"] == {"4": 0.75}


def test_a_run_without_a_turn_has_figures_all_the_same(tmp_path: Path) -> None:
    summary.write(tmp_path / "summary.json", summary.Turns().figures())
    assert json.loads((tmp_path / "summary.json").read_text())["turns"] == 0


def test_a_distance_that_nobody_knows_is_null_and_not_nan() -> None:
    judgement = Judgement("", True, math.nan, math.nan, True)
    figures = summary.of_truth(judgement, [Moment(0.0, Pose(0, 0, 0), 0.0, 0.0, 3)])
    assert figures["distance_m"] is None
    assert figures["collisions"] == 3


@given(st.lists(st.floats(0, 10), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_a_value_with_that_share_at_or_below_it(
    values: list[float], share: float
) -> None:
    found = summary.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_the_versions_name_what_a_run_depends_on() -> None:
    assert {"specedge", "python", "torch", "mujoco"} <= set(summary.versions())


def test_the_memory_of_a_process_is_measured_and_one_that_is_gone_is_not() -> None:
    meter = MemoryMeter(lambda: {"self": os.getpid(), "gone": 2**22 + 1})
    meter.look()
    figures = meter.figures()
    assert figures["self"] > 1.0
    assert figures["gone"] == 0.0
    assert figures["total"] == pytest.approx(figures["self"])
