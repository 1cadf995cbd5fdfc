from __future__ import annotations

import random

import pytest

from specedge.sim.objects import COLOURS, KINDS
from specedge.sim.room import USUAL_SEED, make_room, relative
from specedge.stack.goals import SOME_WAY_M, named_object, seed_of_room_with
from specedge.training.wording import HELD_OUT_TEMPLATES, TEMPLATES, say


@pytest.mark.parametrize(
    ("goal", "name"),
    [
        ("Go to the RED chair!", "red chair"),
        ("pass the blue ball, then go to the white  door", "white door"),
        ("walk to the green dustbin.", "green bin"),
        ("find the waste  bin", ""),
        ("look for a yellow traffic cone", "yellow cone"),
        ("go to the plant that is white", "white plant"),
        ("the couch that is red, then the green door", "green door"),
        ("sit down", ""),
        ("go to the credenza", ""),
    ],
)
def test_the_last_thing_that_a_goal_names_is_the_one_to_be_reached(goal: str, name: str) -> None:
    assert named_object(goal) == name


@pytest.mark.parametrize("template", [*TEMPLATES, *HELD_OUT_TEMPLATES])
def test_whatever_the_models_are_told_names_its_object(template: str) -> None:
    chance = random.Random(template)
    for kind in KINDS:
        name = f"{chance.choice(list(COLOURS))} {kind}"
        assert named_object(say(template, name, chance)) == name


def test_the_usual_room_has_the_red_chair_of_the_examples() -> None:
    assert seed_of_room_with("red chair") == USUAL_SEED


def test_a_room_is_found_that_has_the_object() -> None:
    seed = seed_of_room_with("red chair")
    room = make_room(seed)
    index = room.find("red chair")
    assert index is not None
    assert relative(room.start, room.objects[index])[1] >= SOME_WAY_M
