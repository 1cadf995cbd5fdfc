from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.models.nano import WORDS
from specedge.training.orders import draw_order, order_sentences
from specedge.training.wording import (
    HELD_OUT_PAIR_TEMPLATES,
    HELD_OUT_TEMPLATES,
    PAIR_TEMPLATES,
    SYNONYMS,
    TEMPLATES,
    draw_pair_template,
    draw_template,
    say,
    say_pair,
)

LEARNT = (*TEMPLATES, *PAIR_TEMPLATES, *order_sentences(held_out=False))
HELD_OUT = (*HELD_OUT_TEMPLATES, *HELD_OUT_PAIR_TEMPLATES, *order_sentences(held_out=True))


def words(*sentences: str) -> set[str]:
    return {
        word
        for sentence in sentences
        for word in re.findall("[a-z]+", re.sub(r"\{\w*\}", "", sentence))
    }


def test_there_are_many_ways_to_say_it_and_none_is_listed_twice() -> None:
    assert len(set(TEMPLATES)) == len(TEMPLATES) >= 40
    assert len(set(PAIR_TEMPLATES)) == len(PAIR_TEMPLATES) >= 20


def test_held_out_wordings_are_none_that_training_uses() -> None:
    assert not set(LEARNT) & set(HELD_OUT)


def test_held_out_wordings_are_said_in_words_that_training_uses() -> None:
    assert words(*HELD_OUT) <= words(*LEARNT)


def test_every_word_is_one_token() -> None:
    synonyms = [synonym for said in SYNONYMS.values() for synonym in said]
    assert words(*LEARNT, *HELD_OUT, *synonyms, "that is") <= set(WORDS)


@pytest.mark.parametrize("template", [*TEMPLATES, *HELD_OUT_TEMPLATES])
def test_every_wording_names_the_colour(template: str) -> None:
    assert "red" in say(template, "red sofa", random.Random(0)).lower()


@given(st.integers(0, 2**32), st.booleans())
def test_two_steps_are_named_in_the_order_in_which_they_are_done(seed: int, held_out: bool) -> None:
    source = random.Random(seed)
    template = draw_pair_template(source, held_out=held_out)
    said = say_pair(template, "red ball", "blue chair", source).lower()
    assert said.index("ball") < said.index("chair")
    assert {"red", "blue"} <= words(said)


def test_no_two_steps_of_training_are_said_in_a_held_out_wording() -> None:
    source = random.Random(3)
    drawn = {draw_pair_template(source, held_out=False) for _ in range(20000)}
    assert len(drawn) > 1000
    assert not drawn & set(HELD_OUT_PAIR_TEMPLATES)
    assert words(*drawn) <= set(WORDS)


@given(st.integers(0, 2**32))
def test_a_test_never_draws_a_wording_of_training(seed: int) -> None:
    source = random.Random(seed)
    assert draw_template(source, held_out=True) in HELD_OUT_TEMPLATES
    assert draw_pair_template(source, held_out=True) in HELD_OUT_PAIR_TEMPLATES


def test_no_order_of_training_is_said_in_a_held_out_wording() -> None:
    source = random.Random(5)
    held_out = {pattern(sentence) for sentence in order_sentences(held_out=True)}
    said = {draw_order(source).goal for _ in range(5000)}
    assert not [goal for goal in said if any(known.fullmatch(goal) for known in held_out)]


def pattern(sentence: str) -> re.Pattern[str]:
    """What a sentence with places for amounts may become."""
    filled = sentence.format(side="(left|right)", angle=r"\w+", length=r"[\w.]+ m\w*")
    return re.compile(filled)
