from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.grammar import LONGEST_TEXT
from specedge.protocol.messages import (
    LARGEST_MESSAGE,
    LONGEST_HINT,
    MOST_CHOICES,
    Begin,
    Hint,
    Message,
    Propose,
    ProtocolError,
    Verified,
    decode_from_robot,
    decode_from_verifier,
    encode,
)

SESSION = "0123456789abcdef"
TOKENS = st.integers(0, 2**31)


@given(st.lists(TOKENS, max_size=MOST_CHOICES), st.integers(0, 2**32), st.integers(0, MOST_CHOICES))
def test_a_proposal_comes_through_as_it_was(choices: list[int], turn: int, version: int) -> None:
    message = Propose(SESSION, turn, version, choices)
    assert decode_from_robot(encode(message)) == message


def test_a_message_is_an_array_that_begins_with_its_name() -> None:
    verdict = Verified(SESSION, 3, 5, [7, 8], 1, [1, 0], 1, 2, 0.5, 0.25)
    assert msgspec.msgpack.decode(encode(verdict)) == (
        ["Verified", SESSION, 3, 5, [7, 8], 1, [1, 0], 1, 2, 0.5, 0.25]
    )


BEGIN = Begin(SESSION, 1, "sit", "", "", 0.0, 0, 1.0, 0, True, ["client"], False, 0.0, 10.0)


def changed(**fields: object) -> Begin:
    return msgspec.structs.replace(BEGIN, **fields)


def test_the_longest_hint_is_small_enough_to_be_taken() -> None:
    largest = 2**31
    hint = Hint(
        SESSION,
        2**32,
        largest,
        [largest] * LONGEST_HINT,
        [largest] * LONGEST_HINT,
        [255] * LONGEST_HINT,
    )
    assert decode_from_robot(encode(hint)) == hint


def test_a_hint_says_everything_of_each_of_its_nodes() -> None:
    with pytest.raises(ProtocolError, match="for each node"):
        decode_from_robot(msgspec.msgpack.encode(["Hint", SESSION, 1, 0, [-1], [3, 4], [9, 9]]))


@pytest.mark.parametrize(
    "message",
    [
        Propose(SESSION, 1, 0, [1] * (MOST_CHOICES + 1)),
        Propose(SESSION, 1, MOST_CHOICES + 1, [1]),
        Propose(SESSION, -1, 0, [1]),
        Propose(SESSION, 1, 0, [-1]),
        Propose("short", 1, 0, [1]),
        changed(goal="x" * 2001),
        changed(temperature=99.0),
        changed(top_p=0.0),
        changed(seed=-1),
        changed(sources=["guess"]),
        changed(patience=1.1),
        changed(lifetime=0.0),
        Hint(SESSION, 1, 0, [-MOST_CHOICES - 2], [1], [1]),
        Hint(SESSION, 1, 0, [-1], [1], [256]),
        Hint(SESSION, 1, 0, [-1] * 257, [1] * 257, [1] * 257),
    ],
)
def test_what_is_outside_its_limits_is_refused(message: Message) -> None:
    with pytest.raises(ProtocolError):
        decode_from_robot(encode(message))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_are_refused_by_name(data: bytes) -> None:
    for decode in (decode_from_robot, decode_from_verifier):
        with pytest.raises(ProtocolError):
            decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x92\xa3Bye\xa8" + b"\xff" * 8,
        b"\x92\xa3\xff\xff\xff\xa8abcdefgh",
        b"\x93\xa3Bye\xa8abcdefgh" + b"\x91" * 16000,
    ],
    ids=["session is no text", "name is no text", "lists in lists"],
)
def test_what_only_looks_like_a_message_is_refused_by_name(data: bytes) -> None:
    for decode in (decode_from_robot, decode_from_verifier):
        with pytest.raises(ProtocolError):
            decode(data)


def test_a_message_that_is_too_large_is_not_even_read() -> None:
    with pytest.raises(ProtocolError, match="bytes"):
        decode_from_robot(b"\x00" * (LARGEST_MESSAGE + 1))


def test_a_verifiers_message_is_none_of_a_robots() -> None:
    with pytest.raises(ProtocolError):
        decode_from_robot(encode(Verified(SESSION, 1, 0, [], 0, [], 0, 0, 0.0, 0.0)))


def test_the_wire_takes_the_longest_text_that_a_target_may_say() -> None:
    assert MOST_CHOICES >= LONGEST_TEXT
