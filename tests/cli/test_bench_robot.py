from __future__ import annotations

import pytest

from specedge.cli import run
from specedge.cli.bench_robot import EVERY_KIND, UnknownKind, find_kinds
from specedge.training.frames import FIRST_HELD_OUT_ROOM
from specedge.training.goals import GoalKind


def test_all_kinds_are_driven_unless_some_are_named() -> None:
    assert find_kinds(EVERY_KIND) == list(GoalKind)
    assert find_kinds("order, reach") == [GoalKind.ORDER, GoalKind.REACH]


@pytest.mark.parametrize("kinds", ["", "reach,fly"])
def test_another_kind_is_refused_with_those_that_there_are(kinds: str) -> None:
    with pytest.raises(UnknownKind, match="reach,two-step,absent,order"):
        find_kinds(kinds)


@pytest.mark.parametrize(
    "bad", [("--kinds", "fly"), ("--episodes", "0"), ("--seed", str(FIRST_HELD_OUT_ROOM))]
)
def test_bad_use_is_one_line(bad: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "robot", *bad]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
