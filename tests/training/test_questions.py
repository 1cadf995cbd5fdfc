from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.commands import ActionKind, parse
from specedge.sim.expert import step_under_way
from specedge.training.frames import DrivenTurn, SeenObject
from specedge.training.packing import Question
from specedge.training.questions import Asker, Form, mirrored

OBJECTS = [
    SeenObject("red chair", 400, "red chair: left 25 deg, 2.5 m; turn left 25 deg; walk 1.5 m."),
    SeenObject("blue ball", 0, ""),
    SeenObject("green box", 5, ""),
]
NEAR = [SeenObject("red chair", 900, "red chair: right 5 deg, 0.6 m; done."), OBJECTS[1]]
COVERED = [
    SeenObject(
        "blue ball",
        0,
        "",
        "blue ball: not seen in 0 deg; turn left 40 deg; walk 0.9 m; turn right 60 deg.",
        "left 5 deg, 2.4 m",
    ),
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
    asked = Asker(seed).ask(OBJECTS, 6, form=Form.COMPACT)
    assert next(item.question.answer for item in asked if item.seen).endswith("25 deg, 2.5 m")
    assert all(item.question.answer.endswith("not seen") for item in asked if not item.seen)


def test_where_nothing_is_asked_a_driven_turn_is_not_asked_either() -> None:
    turn = DrivenTurn(("red chair",), "", "", OBJECTS[0].command, wrong=True)
    assert Asker(0).ask(OBJECTS, 0, form=Form.COMPACT, turn=turn) == []


@given(st.integers(0, 2**32), st.booleans())
def test_which_of_two_things_is_meant_follows_from_the_words_alone(seed: int, flip: bool) -> None:
    blind = Asker(seed).ask(OBJECTS, 12, form=Form.BLIND, flip=flip)
    for asked in (asked for asked in blind if asked.name):
        if asked.question.given:
            continue
        last = asked.question.prompt.split("\n")[0]
        assert asked.question.answer == f"{asked.name}:"
        said = last.removeprefix("last: ")
        if said == "none" or said.startswith(asked.name):
            continue
        # The other one has been reached.
        assert said.endswith(": next.")


def test_the_first_of_two_things_is_followed_by_the_next_and_the_second_by_nothing() -> None:
    checked = 0
    for asked in Asker(7).ask(OBJECTS, 200, form=Form.BLIND):
        first, _, second = asked.question.prompt.partition("goal: ")[2].partition(" then ")
        if asked.question.given and second and (asked.name in first) != (asked.name in second):
            assert asked.question.given.startswith(f"{asked.name}: ")
            assert asked.question.answer == ("; next." if asked.name in first else "; done.")
            checked += 1
    assert checked > 20


def test_two_steps_are_often_of_one_kind_or_named_by_it() -> None:
    alike = by_kind = told = 0
    for asked in Asker(11).ask(OBJECTS, 400, form=Form.BLIND):
        if asked.name and asked.question.given:
            told += 1
            by_kind += " " not in asked.name
            alike += asked.question.prompt.partition("goal: ")[2].count(asked.name.split()[-1]) > 1
    assert told > 100
    assert by_kind > told / 20
    assert alike > told / 20


def test_orders_are_asked_among_what_takes_no_looking() -> None:
    blind = Asker(3).ask(OBJECTS, 40, form=Form.BLIND)
    orders = [asked.question.answer for asked in blind if not asked.name]
    assert 5 < len(orders) < 30
    assert all(answer.startswith("order; ") for answer in orders)


def test_what_was_just_reached_is_often_still_in_view() -> None:
    near = SeenObject("white box", 900, "white box: left 5 deg, 0.6 m; done.")
    still = 0
    for seed in range(200):
        for asked in Asker(seed).ask([*OBJECTS, near], 6):
            last = asked.question.prompt.split("\n")[0]
            if last.startswith("last: white box") and last.endswith("next."):
                assert asked.name != "white box"
                still += 1
    assert still > 20


def test_what_was_just_reached_is_told_where_it_is_seen_and_what_is_like_it_is_asked() -> None:
    near = SeenObject("white box", 900, "white box: left 5 deg, 0.6 m; done.")
    told = alike = 0
    for seed in range(300):
        for last, _, answer in prompts([near, OBJECTS[0]], seed):
            if last.removesuffix(" (blocked)") == "white box: next.":
                name = answer.partition(":")[0]
                told += 1
                alike += ("white" in name) != ("box" in name)
    assert told > 100
    assert alike > told / 5, "what resembles it is what is taken for it"


def test_what_was_taken_for_another_thing_is_not_seen_from_closer_by() -> None:
    mistaken = 0
    for seed in range(200):
        for last, _, answer in prompts([OBJECTS[0]], seed):
            name = answer.partition(":")[0]
            if ": not seen" in answer and last.startswith(f"{name}: ") and "; walk" in last:
                assert name != "red chair"
                mistaken += 1
    assert mistaken > 20


PASSED = [
    SeenObject(
        "red chair",
        400,
        "red chair: left 0 deg, 2.5 m; turn left 30 deg; walk 0.9 m; turn right 45 deg.",
    ),
]


@given(st.integers(0, 2**32), st.booleans())
def test_what_is_walked_past_weighs_more_than_a_straight_way(seed: int, flip: bool) -> None:
    for asked in Asker(seed).ask(PASSED, 6, flip=flip):
        assert (asked.question.action_weight > 1) == ("; walk 0.9 m; turn" in asked.question.answer)
    assert all(asked.question.action_weight == 1 for asked in Asker(seed).ask(OBJECTS, 6))


@given(st.integers(0, 2**32), st.booleans())
def test_what_is_in_view_weighs_more_than_what_is_not(seed: int, compact: bool) -> None:
    form = Form.COMPACT if compact else Form.WHOLE
    for asked in Asker(seed).ask(OBJECTS, 6, form=form):
        assert (asked.question.sight_weight > 1) == asked.seen


def test_a_mirrored_question_turns_the_other_way() -> None:
    question = Question("goal: turn left", "red chair: right 5 deg, 2.0 m; turn right 5 deg.")
    assert mirrored(question) == Question(
        "goal: turn right", "red chair: left 5 deg, 2.0 m; turn left 5 deg."
    )


@given(st.integers(0, 2**32))
def test_the_mirror_of_a_mirror_is_the_question_itself(seed: int) -> None:
    for form in Form:
        for asked in Asker(seed).ask(OBJECTS, 6, form=form):
            once = mirrored(asked.question)
            assert mirrored(mirrored(once)) == once


def test_straight_ahead_stays_straight_ahead_in_the_mirror() -> None:
    ahead = "red chair: left 0 deg, 2.0 m"
    question = Question("", "; walk 1.4 m.", given=ahead)
    assert mirrored(question) == question
    assert mirrored(Question("", f"{ahead}; walk 1.4 m.")).answer == f"{ahead}; walk 1.4 m."


def prompts(objects: list[SeenObject], seed: int) -> Iterator[tuple[str, str, str]]:
    """Last command, goal and answer of whole questions."""
    for asked in Asker(seed).ask(objects, 6):
        last, goal = asked.question.prompt.split("\n")
        yield last.removeprefix("last: "), goal.removeprefix("goal: "), asked.question.answer


def completed(last: str) -> str:
    """A last command as it was, with the sight that a prompt leaves out of what is reached."""
    return last.removesuffix(" (blocked)").replace(": next.", ": left 0 deg, 0.6 m; next.")


@given(st.integers(0, 2**32), st.booleans())
def test_every_last_command_is_none_or_a_command(seed: int, flip: bool) -> None:
    for asked in Asker(seed).ask([OBJECTS[0], *COVERED], 6, flip=flip):
        last = asked.question.prompt.split("\n")[0].removeprefix("last: ")
        if last != "none":
            parse(completed(last))


def test_the_first_of_two_steps_ends_in_next_and_the_second_in_done() -> None:
    ended = {"next": 0, "done": 0}
    for seed in range(300):
        for _, goal, answer in prompts(NEAR, seed):
            kind = parse(answer).actions[-1].kind
            if kind in (ActionKind.NEXT, ActionKind.DONE) and answer.startswith("red chair"):
                ended[kind.name.lower()] += 1
                one = len(goal.split(" ")) < 4 or goal.lower() in {"red chair", "the red chair"}
                assert kind is ActionKind.DONE or not one, goal
    assert min(ended.values()) > 10


def test_the_last_command_tells_which_step_is_under_way() -> None:
    told = 0
    for seed in range(300):
        for last, _, answer in prompts(OBJECTS, seed):
            if not last.removesuffix(" (blocked)").endswith(": next."):
                continue
            told += 1
            reached, now = parse(completed(last)), parse(answer)
            assert reached.sight is not None
            assert now.sight is not None
            names = [reached.sight.name, now.sight.name]
            assert names[0] != names[1]
            assert step_under_way(names, reached) == 1
    assert told > 20


def test_what_was_just_seen_and_is_hidden_is_looked_past_and_not_for_ever() -> None:
    answers = []
    for seed in range(200):
        for last, _, answer in prompts(COVERED, seed):
            if "not seen in 0 deg" in answer:
                answers.append(answer)
                assert parse(last.removesuffix(" (blocked)")).sight.seen  # type: ignore[union-attr]
    assert len(answers) > 30


def test_a_search_under_way_goes_on_and_ends_after_a_whole_turn() -> None:
    given_up = 0
    for seed in range(200):
        for last, _, answer in prompts(OBJECTS, seed):
            if last.startswith("blue ball: not seen") and answer.startswith("blue ball"):
                before, now = parse(last.removesuffix(" (blocked)")), parse(answer)
                assert before.sight is not None
                assert now.sight is not None
                assert before.sight.searched is not None
                assert now.sight.searched is not None
                if now.actions[-1].kind is ActionKind.CANNOT:
                    given_up += 1
                    assert before.sight.searched == pytest.approx(2 * math.pi)
                else:
                    assert now.sight.searched > before.sight.searched
    assert given_up > 5
