from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from specedge.training.checkpoints import WrongCheckpoint
from specedge.training.pairs.loop import BadSchedule, Course, Schedule, train

SCHEDULE = Schedule(epochs=3, accumulate=4, learning_rate=0.1)
ANSWERS = 10


def course(checkpoint: Path, stop_after: int = 1_000_000, identity: str = "line") -> Course:
    """Fits a line; interrupted after so many answers."""
    torch.manual_seed(0)
    module = nn.Linear(2, 1)
    points = torch.randn(ANSWERS, 2)
    asked = 0

    def loss(index: int) -> Tensor:
        nonlocal asked
        asked += 1
        if asked > stop_after:
            raise KeyboardInterrupt
        return (module(points[index]) - points[index].sum()).square().sum()

    return Course(
        "line",
        module,
        [str(number) for number in range(ANSWERS)],
        loss,
        lambda: "",
        torch.device("cpu"),
        checkpoint,
        identity,
    )


def weights(of: Course) -> Tensor:
    assert isinstance(of.module, nn.Linear)
    return of.module.weight.detach().clone()


def test_an_interrupted_training_ends_with_the_weights_of_a_whole_one(tmp_path: Path) -> None:
    whole = course(tmp_path / "whole.pt")
    assert train(whole, SCHEDULE) == 9
    cut = course(tmp_path / "cut.pt", stop_after=14)
    with pytest.raises(KeyboardInterrupt):
        train(cut, SCHEDULE)
    rest = course(tmp_path / "cut.pt")
    assert 0 < train(rest, SCHEDULE) < 9
    assert torch.equal(weights(rest), weights(whole))


def test_a_finished_training_takes_no_more_steps(tmp_path: Path) -> None:
    first = course(tmp_path / "line.pt")
    train(first, SCHEDULE)
    again = course(tmp_path / "line.pt")
    assert train(again, SCHEDULE) == 0
    assert torch.equal(weights(again), weights(first))


def test_every_answer_is_seen_once_an_epoch(tmp_path: Path) -> None:
    seen: list[int] = []
    made = course(tmp_path / "line.pt")
    loss: Callable[[int], Tensor] = made.loss

    def noted(index: int) -> Tensor:
        seen.append(index)
        return loss(index)

    train(Course(**{**vars(made), "loss": noted}), SCHEDULE)
    for epoch in range(SCHEDULE.epochs):
        assert sorted(seen[epoch * ANSWERS : (epoch + 1) * ANSWERS]) == list(range(ANSWERS))
    assert seen[:ANSWERS] != seen[ANSWERS : 2 * ANSWERS]


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    train(course(tmp_path / "line.pt"), SCHEDULE)
    with pytest.raises(WrongCheckpoint, match="another training"):
        train(course(tmp_path / "line.pt", identity="curve"), SCHEDULE)


@pytest.mark.parametrize(
    "values", [{"learning_rate": 0.2}, {"seed": 1}, {"precision": "float32"}, {"accumulate": 5}]
)
def test_a_checkpoint_of_another_schedule_is_refused(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    train(course(tmp_path / "line.pt"), SCHEDULE)
    with pytest.raises(WrongCheckpoint, match="--work"):
        train(course(tmp_path / "line.pt"), replace(SCHEDULE, **values))


def test_a_checkpoint_of_other_answers_or_another_order_is_refused(tmp_path: Path) -> None:
    made = course(tmp_path / "line.pt")
    train(made, SCHEDULE)
    with pytest.raises(WrongCheckpoint, match="10 answers"):
        train(replace(made, answers=made.answers[::-1]), SCHEDULE)


def test_epochs_may_be_added(tmp_path: Path) -> None:
    steps = train(course(tmp_path / "line.pt"), SCHEDULE)
    more = replace(SCHEDULE, epochs=SCHEDULE.epochs + 1)
    assert train(course(tmp_path / "line.pt"), more) == steps // SCHEDULE.epochs


@pytest.mark.parametrize(
    "values",
    [{"epochs": 0}, {"accumulate": 0}, {"learning_rate": 0.0}, {"precision": "int8"}, {"seed": -1}],
)
def test_a_schedule_that_makes_no_sense_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(BadSchedule):
        Schedule(**values)  # type: ignore[arg-type]
