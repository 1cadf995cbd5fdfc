from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from specedge.bench.robot.driver import Driver, EpisodeReport, draw_goals
from specedge.bench.robot.figures import as_json, by_kind, figures
from specedge.bench.robot.workers import run_episodes
from specedge.models.tokenizer import ModelNotFound
from specedge.training.goals import GoalKind

GOALS = list(draw_goals(40, 8, list(GoalKind)))


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    with Driver(None) as driver:
        yield driver


@pytest.fixture(scope="module")
def reports(driver: Driver) -> list[EpisodeReport]:
    return [driver.run(goal) for goal in GOALS]


def test_kinds_take_turns() -> None:
    assert [goal.kind for goal in GOALS] == 2 * list(GoalKind)
    assert [goal.seed for goal in GOALS] == list(range(40, 48))


def test_the_expert_does_everything_that_is_asked_for(reports: list[EpisodeReport]) -> None:
    assert [report.failure for report in reports] == [None] * len(GOALS)
    assert sum(report.episode.collisions for report in reports) == 0


def test_an_episode_depends_on_its_goal_alone(driver: Driver, reports: list[EpisodeReport]) -> None:
    again = driver.run(GOALS[1])
    assert again.episode.commands == reports[1].episode.commands
    assert again.episode.duration == reports[1].episode.duration


def test_two_steps_are_separated_by_next(reports: list[EpisodeReport]) -> None:
    two = next(report for report in reports if report.goal.kind is GoalKind.TWO_STEP)
    ends = [text for text in two.episode.commands if text.endswith(("; next.", "; done."))]
    assert [text.partition(":")[0] for text in ends] == list(two.goal.called)
    assert [text[-5:] for text in ends] == ["next.", "done."]


def test_figures_are_told_for_each_kind(reports: list[EpisodeReport]) -> None:
    assert figures(reports).episodes == len(GOALS)
    assert list(by_kind(reports)) == list(GoalKind)
    assert by_kind(reports)[GoalKind.ORDER].spl is None
    reached = by_kind(reports)[GoalKind.REACH]
    assert reached.right_object == 1.0
    assert reached.spl is not None
    assert 0.8 < reached.spl <= 1.0


def test_what_is_written_is_json_that_everyone_reads(reports: list[EpisodeReport]) -> None:
    written = json.loads(json.dumps(as_json(reports), allow_nan=False))
    assert {"episodes", "success", "spl", "collisions", "episodes_detail", "kinds"} <= set(written)
    assert [detail["seed"] for detail in written["episodes_detail"]] == list(range(40, 48))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_number_of_processes_changes_nothing(reports: list[EpisodeReport]) -> None:
    apart = sorted(run_episodes(GOALS[:5], None, 2), key=lambda report: report.goal.seed)
    assert as_json(apart) == as_json(reports[:5])


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_folder_without_a_model_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="not a model folder"):
        list(run_episodes(GOALS[:2], tmp_path, 1))
