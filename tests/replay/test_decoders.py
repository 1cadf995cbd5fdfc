"""Real models behind a replay: exact modes say the same, with slow links and models, too."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from specedge.edge.modes import MODES, UnknownMode
from specedge.replay.decoders import Emulation, Models, parse_modes
from specedge.replay.errors import ReplayError
from specedge.replay.replay import ReplayRequest, Watcher, replay
from tests.models.random_pair import save_random_pair
from tests.replay.writing import ROS2, frames, write_ros2


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models that know nothing: what they say is in the grammar, and that is all."""
    folder = tmp_path_factory.mktemp("pair")
    save_random_pair(folder)
    return folder


def test_modes_are_read_with_commas_or_all_at_once() -> None:
    assert parse_modes("all") == tuple(MODES)
    assert parse_modes("cloud, edge,cloud") == ("cloud", "edge")
    with pytest.raises(UnknownMode, match="'teleport'"):
        parse_modes("cloud,teleport")


def test_an_emulated_time_is_a_number_of_milliseconds() -> None:
    for name in ("rtt_ms", "target_ms", "draft_ms"):
        for value in (-1.0, float("nan"), float("inf")):
            with pytest.raises(ReplayError, match="milliseconds"):
                Emulation(**{name: value})


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_all_exact_modes_say_the_same_with_one_draft_between_them(
    tmp_path: Path, models: Path
) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 3))
    request = ReplayRequest(bag, tuple(MODES), models=Models(models))

    result = replay(request, tmp_path, threading.Event(), Watcher())

    assert all(mode.turns == 3 for mode in result.totals.modes)
    for pair, agreement in result.totals.between_modes.items():
        assert agreement.compared == 3
        assert "edge" in pair or agreement.exact == 1.0
    for frame in result.frames():
        for turn in frame.turns:
            assert "".join(_verified(turn.events)) == turn.text


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_an_emulated_link_and_target_cost_what_was_asked(tmp_path: Path, models: Path) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 2))
    slow = Emulation(rtt_ms=200.0, target_ms=50.0)
    request = ReplayRequest(bag, ("cloud",), models=Models(models, emulation=slow))

    result = replay(request, tmp_path, threading.Event(), Watcher())

    assert result.setup.emulation == {"rtt": 200.0, "target": 50.0}
    for frame in result.frames():
        (turn,) = frame.turns
        # A machine that is busy makes it more, never less.
        assert turn.latency_ms is not None
        assert turn.latency_ms >= 200.0 + 50.0 * turn.target_passes


def _verified(events: tuple) -> list[str]:  # type: ignore[type-arg]
    texts: dict[int, str] = {}
    for event in events:
        if event.kind == "verified":
            texts.update(enumerate(event.texts, start=event.position))
    return [texts[position] for position in sorted(texts)]
