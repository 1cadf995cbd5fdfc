"""A small measurement with the nano pair, and what it does when a robot fails."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.bench.decode.contenders import Contender
from specedge.bench.verifier.measure import Load, measure, robot_counts
from specedge.cli import run
from specedge.edge.decoder import TokenEvent, TokenKind, TokenSource, TurnResult, VerifierLost
from tests.bench.decode import results
from tests.bench.decode.results import FRAMES

CLOUD = Contender("cloud", "cloud")


@given(st.integers(1, 64))
def test_robots_are_doubled_up_to_as_many_as_were_asked_for(most: int) -> None:
    counts = robot_counts(most)
    assert counts[0] == 1
    assert counts[-1] == most
    assert all(before < after <= 2 * before for before, after in itertools.pairwise(counts))


class CrowdedStage:
    """A stage without processes, whose commands come when all robots ask at the same time."""

    def __init__(self, robots: int, fails: bool = False) -> None:
        self.together = threading.Barrier(robots)
        self.fails = fails
        self.opened = self.closed = 0
        self.said = 0

    def decoder(self, _: Contender) -> CrowdedDecoder:
        self.opened += 1
        return CrowdedDecoder(self, fails=self.fails and self.opened == 2)


class CrowdedDecoder:
    def __init__(self, stage: CrowdedStage, fails: bool) -> None:
        self._stage, self._fails = stage, fails

    def decode(
        self, frame: bytes, *_: Any, seed: int, on_event: Callable[[TokenEvent], None], **__: Any
    ) -> TurnResult:
        if self._fails:
            raise VerifierLost("the verifier is silent")
        if not self._stage.fails:
            self._stage.together.wait(20.0)
        on_event(TokenEvent(TokenKind.VERIFIED, 0, (1,), ("a",), (TokenSource.TARGET,)))
        return results.sample(seed, 0.1).result

    def close(self) -> None:
        self._stage.closed += 1


def crowd(stage: CrowdedStage, robots: int) -> tuple[Load, int]:
    turns: list[int] = []
    load = measure(stage, CLOUD, FRAMES, robots, lambda: turns.append(1))  # type: ignore[arg-type]
    return load, len(turns)


def test_all_robots_ask_at_the_same_time_and_decode_every_frame() -> None:
    stage = CrowdedStage(robots=3)
    load, turns = crowd(stage, 3)
    assert load.commands == turns == 3 * len(FRAMES)
    assert load.robots == stage.opened == stage.closed == 3
    assert load.median == pytest.approx(0.1)
    assert load.throughput > 0.0


def test_a_robot_that_fails_ends_the_measurement_with_its_reason() -> None:
    stage = CrowdedStage(robots=3, fails=True)
    with pytest.raises(VerifierLost, match="silent"):
        crowd(stage, 3)
    assert stage.closed == 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_more_robots_wait_longer_and_get_the_same_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bench.json"
    before = set(psutil.Process().children())
    assert run(["bench", "verifier", "--robots", "3", "--frames", "2", "--json", str(file)]) == 0
    assert set(psutil.Process().children()) <= before
    content = json.loads(file.read_text())
    assert [(row["mode"], row["robots"]) for row in content["rows"]] == [
        (mode, robots) for robots in (1, 2, 3) for mode in ("cloud", "streaming")
    ]
    for row in content["rows"]:
        assert row["identical_to_cloud"]
        assert row["commands_per_s"] > 0.0
    assert content["rows"][0]["throughput_vs_one"] == 1.0
    assert "many robots" in capsys.readouterr().out


def test_no_robots_are_bad_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "verifier", "--robots", "0"]) == 2
    assert "--robots" in capsys.readouterr().err
