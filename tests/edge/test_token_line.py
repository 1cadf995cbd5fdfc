from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from specedge.edge.token_line import STRUCK_SHOWN, Span, TokenLine

Event = tuple[str, int, tuple[str, ...], tuple[str, ...]]


def tokens(kind: str, position: int, *texts: str, source: str = "draft") -> Event:
    return kind, position, texts, (source,) * len(texts)


def spans(events: Iterable[Event]) -> list[Span]:
    line = TokenLine()
    for event in events:
        line.take(*event)
    return line.spans()


def test_a_rejected_token_stands_struck_before_the_one_that_took_its_place() -> None:
    events = [
        tokens("drafted", 0, "red", " box"),
        tokens("verified", 0, "red"),
        tokens("rejected", 1, " box"),
        tokens("verified", 1, " chair", source="target"),
    ]
    assert spans(events) == [
        Span("red", "draft", "verified"),
        Span(" box", "draft", "rejected"),
        Span(" chair", "target", "verified"),
    ]


def test_a_draft_that_a_verdict_passes_over_counts_as_rejected() -> None:
    events = [tokens("drafted", 0, "blue"), tokens("verified", 0, "red", source="exit")]
    assert spans(events) == [Span("blue", "draft", "rejected"), Span("red", "exit", "verified")]


def test_a_token_that_was_rejected_and_then_right_is_not_struck() -> None:
    events = [tokens("rejected", 0, "red"), tokens("verified", 0, "red")]
    assert spans(events) == [Span("red", "draft", "verified")]


def test_only_a_few_of_many_wrong_branches_are_shown() -> None:
    wrong = [tokens("rejected", 0, f"w{number}") for number in range(9)]
    shown = spans([*wrong, tokens("verified", 0, "red")])
    assert len(shown) == STRUCK_SHOWN + 1


def test_a_late_draft_does_not_undo_what_is_verified() -> None:
    events = [tokens("verified", 0, "red", source="target"), tokens("drafted", 0, "blue")]
    assert spans(events) == [Span("red", "target", "verified")]


def test_a_place_that_nothing_leads_to_costs_nothing() -> None:
    assert spans([tokens("verified", 2**32 - 1, "red")]) == [Span("red", "draft", "verified")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["drafted", "verified", "rejected"]),
            st.integers(0, 5),
            st.sampled_from(["a", "b", "c"]),
        )
    )
)
def test_whatever_comes_the_last_verdict_of_each_place_stands_in_order(
    told: list[tuple[str, int, str]],
) -> None:
    shown = spans([tokens(kind, place, text) for kind, place, text in told])
    last = {place: text for kind, place, text in told if kind == "verified"}
    stands = [span.text for span in shown if span.state == "verified"]
    assert stands == [last[place] for place in sorted(last)]
