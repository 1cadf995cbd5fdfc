"""docs/protocol.md says what goes over the wire."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
import pytest

from specedge.decoding import grammar
from specedge.paths import shared
from specedge.protocol.messages import (
    LARGEST_IMAGE,
    LARGEST_MESSAGE,
    LONGEST_HINT,
    MOST_CHOICES,
    PROTOCOL_VERSION,
    FromRobot,
    FromVerifier,
    Hello,
    Message,
    Source,
    Verified,
    decode_from_robot,
    decode_from_verifier,
    encode,
)
from specedge.verifier.server import FORGET_AFTER

TEXT = shared("docs", "protocol.md").read_text(encoding="utf-8")
SESSION = "0123456789abcdef"
MESSAGES: tuple[type[Message], ...] = (*get_args(FromRobot), *get_args(FromVerifier))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_every_message_is_there_with_its_fields_in_order(message: type[Message]) -> None:
    section = TEXT[TEXT.index(f"**{message.__name__}**") :].split("\n**")[0]
    table = section[section.index("|---") :].split("\n\n")[0]
    fields = tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert fields == message.__struct_fields__


def test_no_message_is_made_up() -> None:
    named = set(re.findall(r"^\*\*(\w+)\*\* ", TEXT, re.MULTILINE))
    assert named == {message.__name__ for message in MESSAGES}


def test_the_bytes_are_the_messages_that_they_are_said_to_be() -> None:
    blocks = re.findall(r"^```hex\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    hello, verified = (bytes.fromhex(block) for block in blocks)
    assert decode_from_robot(hello) == Hello(
        SESSION, PROTOCOL_VERSION, "ab" * 32, "2", "nano-draft"
    )
    verdict = decode_from_verifier(verified)
    assert verdict == Verified(SESSION, 7, 3, [1201, 88], 1, [1, 0], 1, 4, 0.0, 0.03125)
    assert isinstance(verdict, Verified)
    assert encode(verdict) == verified


def test_a_message_is_an_array_of_its_name_and_all_its_fields() -> None:
    data = bytes.fromhex(re.findall(r"^```hex\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[0])
    name, *fields = msgspec.msgpack.decode(data)
    assert name == "Hello"
    assert len(fields) == len(Hello.__struct_fields__)


def test_the_limits_are_those_in_use() -> None:
    assert f"protocol\nversion {PROTOCOL_VERSION}." in TEXT
    for number in (LARGEST_MESSAGE, LARGEST_IMAGE):
        assert f"at most {number}" in TEXT
    assert f"to {LONGEST_HINT} |" in TEXT
    assert f"to {MOST_CHOICES} |" in TEXT
    assert f"after {FORGET_AFTER:g} s of silence" in TEXT
    assert f"at most {grammar.LONGEST_TEXT} tokens" in TEXT
    assert all(f"`{source}`" in TEXT for source in get_args(Source))
