from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.tree import HintSource
from specedge.protocol.messages import Lost, Resume, Verified
from specedge.verifier.record import Cost, Record

SESSION = "0123456789abcdef"

told = st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=4), max_size=6)


def asked(record: Record, version: int) -> Verified | Lost:
    return record.answer(Resume(SESSION, 1, version))


@given(told, st.data())
def test_what_was_told_is_said_again_from_any_version(
    messages: list[list[int]], data: st.DataObject
) -> None:
    record, text = Record(), list[int]()
    for choices in messages:
        # A message may begin with what was told before.
        before = data.draw(st.integers(0, len(text)))
        choices = [*text[before:], *choices]
        record.add(before, choices, [HintSource.TARGET] * len(choices), Cost(passes=1))
        text = text[:before] + choices
    assert len(record) == len(text)
    version = data.draw(st.integers(0, len(text)))
    answer = asked(record, version)
    assert isinstance(answer, Verified)
    assert (answer.version, answer.choices) == (version, text[version:])


@given(told)
def test_all_that_it_has_cost_is_said_again_from_the_beginning(messages: list[list[int]]) -> None:
    record, version, last = Record(), 0, 0
    for choices in messages:
        cost = Cost(passes=2, tokens=version, queued=0.25, seconds=0.5)
        record.add(version, choices, [HintSource.SELF] * len(choices), cost)
        last, version = version, version + len(choices)
    answer = asked(record, 0)
    assert isinstance(answer, Verified)
    assert (answer.passes, answer.tokens) == (2 * len(messages), last)
    assert (answer.queued, answer.seconds) == (0.25 * len(messages), 0.5 * len(messages))
    assert answer.accepted == version


def test_a_robot_that_knows_more_than_it_was_told_has_to_begin_again() -> None:
    assert asked(Record(), 1) == Lost(SESSION, 1)
