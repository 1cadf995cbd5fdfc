from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.stack.tokens import DRAFTED, FORCED, REJECTED, VERIFIED, Mark, TokenLine


def spans(line: TokenLine) -> list[tuple[str, str]]:
    return [(text, mark.value) for text, mark in line.spans()]


def test_a_drafted_token_turns_verified() -> None:
    line = TokenLine()
    line.take(DRAFTED, 0, ["red", " chair"], [0, 0])
    line.take(VERIFIED, 0, ["red"], [1])
    assert spans(line) == [("red", "verified"), (" chair", "drafted")]


@pytest.mark.parametrize(("source", "mark"), [(0, "foreseen"), (1, "verified"), (5, "foreseen")])
def test_a_verified_token_shows_whether_somebody_had_it_before_the_target(
    source: int, mark: str
) -> None:
    line = TokenLine()
    line.take(VERIFIED, 0, ["red"], [source])
    assert spans(line) == [("red", mark)]


def test_a_rejected_token_stays_visible_before_what_replaces_it() -> None:
    line = TokenLine()
    line.take(DRAFTED, 0, ["blue"], [0])
    line.take(REJECTED, 0, ["blue"], [0])
    line.take(VERIFIED, 0, ["red"], [1])
    assert spans(line) == [("blue", "rejected"), ("red", "verified")]


def test_a_draft_that_is_overruled_without_a_word_is_struck_out_too() -> None:
    line = TokenLine()
    line.take(DRAFTED, 0, ["blue"], [0])
    line.take(VERIFIED, 0, ["red"], [1])
    assert spans(line) == [("blue", "rejected"), ("red", "verified")]


def test_a_token_that_the_grammar_forces_is_marked_so() -> None:
    line = TokenLine()
    line.take(VERIFIED, 0, [" deg"], [FORCED])
    assert spans(line) == [(" deg", "forced")]


def test_a_late_draft_does_not_undo_what_is_verified() -> None:
    line = TokenLine()
    line.take(VERIFIED, 0, ["red"], [1])
    line.take(DRAFTED, 0, ["blue"], [0])
    assert spans(line) == [("red", "verified")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([DRAFTED, VERIFIED, REJECTED]),
            st.integers(0, 6),
            st.lists(st.sampled_from("abc"), max_size=3),
        ),
        max_size=30,
    ),
    st.text("abc", min_size=1, max_size=9),
)
def test_whatever_came_before_the_verified_text_is_what_stands_at_the_end(
    messages: list[tuple[int, int, list[str]]], final: str
) -> None:
    line = TokenLine()
    for kind, position, texts in messages:
        line.take(kind, position, texts, [0] * len(texts))
    line.take(VERIFIED, 0, list(final), [1] * len(final))
    standing = "".join(text for text, mark in line.spans() if mark is Mark.VERIFIED)
    assert standing.startswith(final)
