"""The pair that ships: what it weighs, that it belongs together, and that it finds things."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from specedge.bench.robot.driver import Driver, draw_goals
from specedge.models import nano
from specedge.models.exits import load_exits
from specedge.models.loading import LoadedModel, load_model
from specedge.models.tokenizer import load_tokenizer
from specedge.paths import shared
from specedge.training.goals import GoalKind

FIRST_ROOM, ROOMS = 101, 20
MOST_MEGABYTES = 60


@pytest.fixture(scope="module")
def folder() -> Path:
    return shared("models", "nano")


@pytest.fixture(scope="module")
def target(folder: Path) -> LoadedModel:
    torch.set_num_threads(1)
    return load_model(folder / "target")


def test_all_weights_together_are_small(folder: Path) -> None:
    weights = sum(path.stat().st_size for path in folder.rglob("*.safetensors"))
    assert 0 < weights <= MOST_MEGABYTES * 1_000_000


def test_target_and_draft_share_the_tokenizer_of_this_release(folder: Path, tmp_path: Path) -> None:
    nano.make_tokenizer().save_pretrained(tmp_path)
    ours = load_tokenizer(tmp_path).fingerprint
    assert {load_tokenizer(folder / name).fingerprint for name in ("target", "draft")} == {ours}


def test_the_target_has_calibrated_exits(target: LoadedModel) -> None:
    exits = load_exits(target)
    assert exits is not None
    assert len(exits.layers) >= 3
    assert all(temperature != 1.0 for temperature in exits.temperatures.values())


def test_the_card_names_the_commands_that_made_the_pair(folder: Path) -> None:
    card = (folder / "README.md").read_text()
    for command in ("train data", "train target", "train exits", "train draft"):
        assert f"specedge {command}" in card


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_target_reaches_most_of_what_it_is_told_in_rooms_it_has_never_seen(
    folder: Path,
) -> None:
    torch.set_num_threads(1)
    with Driver(folder / "target") as driver:
        goals = draw_goals(FIRST_ROOM, ROOMS, [GoalKind.REACH])
        reports = [driver.run(goal) for goal in goals]
    # Chance, with three to seven objects in a room, is about one in five.
    assert sum(report.failure is None for report in reports) >= 0.6 * ROOMS
