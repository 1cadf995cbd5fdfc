from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.commands import Sight
from specedge.stack import words


@pytest.mark.parametrize(
    ("degrees", "said"),
    [
        (0, "straight ahead"),
        (15, "ahead, slightly left (15°)"),
        (-15, "ahead, slightly right (15°)"),
        (40, "to the left (40°)"),
        (-40, "to the right (40°)"),
    ],
)
def test_a_direction_is_said_as_a_person_would(degrees: int, said: str) -> None:
    assert words.direction(math.radians(degrees)) == said


def test_an_object_in_view_is_said_with_its_distance() -> None:
    sight = Sight("red chair", bearing=0.0, distance=2.5)
    assert words.aim(sight) == "red chair straight ahead, 2.5 m away"


def test_a_search_says_how_far_it_has_turned() -> None:
    sight = Sight("red chair", searched=math.radians(60))
    assert words.aim(sight) == "no red chair in view, 60° searched"


def test_a_direct_order_looks_for_nothing() -> None:
    assert "order" in words.aim(None)


@given(st.floats(0.03, math.pi))
def test_a_mirrored_direction_is_said_with_the_other_side(bearing: float) -> None:
    mirrored = words.direction(-bearing)
    assert words.direction(bearing) == mirrored.replace("right", "left")


def test_durations_below_a_second_are_said_in_milliseconds() -> None:
    assert (words.seconds(0.25), words.seconds(2.0)) == ("250 ms", "2.0 s")
