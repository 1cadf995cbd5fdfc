from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.commands import (
    Action,
    ActionKind,
    CommandError,
    Context,
    first_action,
    parse,
    render,
    user_text,
)
from specedge.commands.grammar import COMMAND

EXAMPLES = [
    "red chair: left 25 deg, 2.5 m; turn left 25 deg; walk 1.5 m.",
    "red chair: not seen in 60 deg; turn left 60 deg.",
    "red chair: right 5 deg, 0.6 m; done.",
    "red chair: not seen in 360 deg; cannot: not found.",
    "blue ball: left 0 deg, 0.6 m; next.",
    "order; sit.",
    "order; sidestep right 0.3 m; back 0.5 m; look around.",
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_survive_reading_and_writing(text: str) -> None:
    assert render(parse(text)) == text


@given(st.from_regex(re.compile(COMMAND), fullmatch=True))
def test_every_text_of_the_grammar_is_read_and_written_back(text: str) -> None:
    rendered = render(parse(text))
    # 'right 0 deg' is the one bearing with two spellings.
    assert rendered == text.replace("right 0 deg,", "left 0 deg,")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "go",
        "order; walk 2.1 m.",
        "order; walk 0.0 m.",
        "order; turn left 185 deg.",
        "order; fly.",
        "order; sit",
        "order; stop; stop; stop; stop.",
    ],
)
def test_texts_outside_the_grammar_are_refused(text: str) -> None:
    with pytest.raises(CommandError, match="not a command"):
        parse(text)


def test_amounts_are_radians_and_metres_with_left_and_forward_positive() -> None:
    turn, back = parse("order; turn right 90 deg; back 0.5 m.").actions
    assert turn.amount == pytest.approx(-math.pi / 2)
    assert back == Action(ActionKind.WALK, -0.5)


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_first_action_is_known_as_soon_as_it_is_complete(text: str) -> None:
    expected = parse(text).actions[0]
    found = [first_action(text[:length]) for length in range(len(text) + 1)]
    known = next(index for index, action in enumerate(found) if action is not None)
    assert all(action == expected for action in found[known:])
    assert text[known - 1] in ";."
    assert text[:known].count(";") <= 2


def test_the_prompt_names_goal_last_command_and_a_bad_outcome() -> None:
    text = user_text(Context("go  to the\nred chair", "order; walk 1.0 m.", "blocked"))
    assert "goal: go to the red chair" in text
    assert "order; walk 1.0 m. (blocked)" in text


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("blue ball: left 0 deg, 0.6 m; next.", "blue ball: next."),
        ("blue ball: left 0 deg, 0.6 m; done.", "blue ball: left 0 deg, 0.6 m; done."),
        ("order; sit; next.", "order; sit; next."),
    ],
)
def test_the_prompt_tells_of_a_reached_step_but_not_where_it_was(last: str, told: str) -> None:
    text = user_text(Context("go to the blue ball, then the door", last, "ok"))
    assert text.startswith(f"last: {told}\n")


@pytest.mark.parametrize("arguments", [{"goal": "  "}, {"goal": "go", "outcome": "odd"}])
def test_a_context_without_meaning_is_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"(goal|outcome) is"):
        Context(**arguments)
