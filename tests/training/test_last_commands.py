from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.commands import ActionKind, parse
from specedge.training.last_commands import LastCommands, reached

seeds = st.integers(0, 2**32)
degrees = st.integers(-8, 8).map(lambda steps: 5 * steps)
decimetres = st.integers(3, 60)


@given(seeds, degrees, decimetres)
def test_an_approach_leads_to_where_the_robot_is_now(seed: int, angle: int, near: int) -> None:
    side = "left" if angle >= 0 else "right"
    place = f"{side} {abs(angle)} deg, {near / 10:.1f} m"
    last = parse(LastCommands(random.Random(seed)).approach("red ball", place))
    assert last.sight is not None
    assert last.sight.distance is not None
    walked = sum(action.amount for action in last.actions if action.kind is ActionKind.WALK)
    assert last.sight.distance - walked == pytest.approx(near / 10, abs=0.11)


@given(seeds)
def test_a_search_has_turned_as_far_as_it_says(seed: int) -> None:
    last = parse(LastCommands(random.Random(seed)).search("red ball"))
    assert last.sight is not None
    assert last.sight.searched is not None
    assert math.radians(45) - 1e-6 <= last.sight.searched <= 2 * math.pi + 1e-6
    assert last.actions[0].kind is ActionKind.TURN


@given(seeds)
def test_a_reached_step_goes_on_with_the_next(seed: int) -> None:
    last = parse(reached("red ball", random.Random(seed)))
    assert last.actions[-1].kind is ActionKind.NEXT


def test_some_last_commands_are_of_another_frame() -> None:
    lasts = LastCommands(random.Random(0))
    lasts.remember("blue box: right 35 deg, 4.0 m; turn right 35 deg; walk 1.5 m.")
    drawn = [
        lasts.of_seen("red ball", "red ball: left 0 deg, 1.0 m; walk 0.4 m.", may_be_first=True)
        for _ in range(200)
    ]
    assert "red ball: right 35 deg, 4.0 m; turn right 35 deg; walk 1.5 m." in drawn
    assert "" in drawn


def test_after_a_first_step_there_is_always_a_last_command() -> None:
    lasts = LastCommands(random.Random(0))
    assert all(lasts.of_unseen("red ball", may_be_first=False) for _ in range(100))
