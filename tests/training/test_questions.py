from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.commands import ActionKind, parse
from specedge.training.frames import SeenObject
from specedge.training.packing import Question
from specedge.training.questions import Asker, mirrored
from specedge.training.wording import HELD_OUT_TEMPLATES, TEMPLATES, draw_order, say

OBJECTS = [
    SeenObject("red chair", 400, "red chair: left 25 deg, 2.5 m; turn left 25 deg; walk 1.5 m."),
    SeenObject("blue ball", 0, ""),
    SeenObject("green box", 5, ""),
]


@given(st.integers(0, 2**32), st.booleans())
def test_every_answer_is_a_command(seed: int, flip: bool) -> None:
    for asked in Asker(seed).ask(OBJECTS, 6, flip=flip):
        command = parse(asked.question.answer)
        assert (command.sight is not None and command.sight.seen) == asked.seen


@given(st.integers(0, 2**32))
def test_what_shows_a_few_pixels_is_asked_neither_as_seen_nor_as_absent(seed: int) -> None:
    names = [asked.name for asked in Asker(seed).ask(OBJECTS, 6)]
    assert "green box" not in names
    assert len({name for name in names if name}) == len([name for name in names if name])


@given(st.integers(0, 2**32))
def test_compact_questions_end_with_the_sight(seed: int) -> None:
    asked = Asker(seed).ask(OBJECTS, 6, compact=True)
    assert next(item.question.answer for item in asked if item.seen).endswith("25 deg, 2.5 m")
    assert all(item.question.answer.endswith("not seen") for item in asked if not item.seen)


def test_a_mirrored_question_turns_the_other_way() -> None:
    question = Question("goal: turn left", "red chair: right 5 deg, 2.0 m; turn right 5 deg.")
    assert mirrored(question) == Question(
        "goal: turn right", "red chair: left 5 deg, 2.0 m; turn left 5 deg."
    )


def test_straight_ahead_stays_straight_ahead_in_the_mirror() -> None:
    question = Question("", "red chair: left 0 deg, 2.0 m; walk 1.4 m.")
    assert mirrored(question).answer == question.answer


def test_held_out_wordings_are_none_that_training_uses() -> None:
    assert not set(TEMPLATES) & set(HELD_OUT_TEMPLATES)


@given(st.integers(0, 2**32))
def test_orders_are_obeyed_by_one_action_without_eyes(seed: int) -> None:
    command = parse(draw_order(random.Random(seed)).command)
    assert command.sight is None
    assert command.actions[0].kind not in (ActionKind.DONE, ActionKind.CANNOT)


@pytest.mark.parametrize("template", [*TEMPLATES, *HELD_OUT_TEMPLATES])
def test_every_wording_names_the_colour(template: str) -> None:
    assert "red" in say(template, "red sofa", random.Random(0)).lower()
