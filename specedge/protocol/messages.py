"""Everything that robot and verifier say to each other, as MessagePack.

A message is a MessagePack array: its name, then its fields in the order given here. An image
follows its `Begin` as a ZeroMQ frame of its own. A *turn* decodes one command for one frame; turns
of a session count upwards. A *version* is the number of choices that are verified in a turn. Tokens
that the grammar forces are never sent: both ends compute them (see `specedge.decoding.grammar`).
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

from specedge.errors import SpecedgeError

PROTOCOL_VERSION = 1

LARGEST_IMAGE = 4 << 20
"""Bytes of the largest frame that a verifier takes."""
LARGEST_MESSAGE = 1 << 14
"""Bytes of the largest message besides images."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
SessionId = Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**32)]
TokenId = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Choices = Annotated[list[TokenId], msgspec.Meta(max_length=128)]


class ProtocolError(SpecedgeError):
    """A message that is not one, or is larger than allowed."""


class Message(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What every message carries.

    Attributes:
        session: Chosen by the robot's client at random, for its life.
    """

    session: SessionId


class TurnMessage(Message, frozen=True, tag=True):
    """A message about one turn."""

    turn: Count


class Hello(Message, frozen=True, tag=True):
    """Robot: opens a session, or resumes it on a new connection."""

    protocol: Count
    tokenizer: Name
    grammar: Name
    draft: Text


class Welcome(Message, frozen=True, tag=True):
    """Verifier: the session is open."""

    target: Text
    exits: Annotated[list[Count], msgspec.Meta(max_length=64)]


class Refused(Message, frozen=True, tag=True):
    """Verifier: the session cannot be opened; the reason names what to change."""

    reason: Text


class Ping(Message, frozen=True, tag=True):
    """Robot: are you there?"""

    number: Count


class Pong(Message, frozen=True, tag=True):
    """Verifier: yes. ``known`` is false when the session must be opened again."""

    number: Count
    known: bool


class Bye(Message, frozen=True, tag=True):
    """Robot: the session is over."""


class Begin(TurnMessage, frozen=True, tag=True):
    """Robot: a new turn, which ends the one before; the image is the next frame.

    Attributes:
        streamed: Whether the verifier goes on by itself (mode ``cloud``), token by token, or
            waits for proposals.
        provisional: Whether to answer at the exits, too.
    """

    goal: Text
    last_command: Text
    outcome: Text
    temperature: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)]
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    streamed: bool
    provisional: bool


class Propose(TurnMessage, frozen=True, tag=True):
    """Robot: the target may say these choices after the first ``version``."""

    version: Count
    choices: Choices


class Cancel(TurnMessage, frozen=True, tag=True):
    """Robot: give this turn up at once."""


class Provisional(TurnMessage, frozen=True, tag=True):
    """Verifier, during a pass: what the exit at ``layer`` expects `Verified` to say."""

    version: Count
    layer: Count
    accepted: Count
    token: TokenId | None
    confidence: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Verified(TurnMessage, frozen=True, tag=True):
    """Verifier: so many choices after ``version`` stand, and then comes ``token``.

    Attributes:
        token: The target's own choice; None when the text is complete without.
        passes: Passes of the target that this took.
        seconds: Time that it took, waiting not included.
    """

    version: Count
    accepted: Count
    token: TokenId | None
    passes: Count
    seconds: float


class Failed(TurnMessage, frozen=True, tag=True):
    """Verifier: the turn is over without a text; ``reason`` says why."""

    reason: Text


FromRobot = Hello | Ping | Bye | Begin | Propose | Cancel
FromVerifier = Welcome | Refused | Pong | Provisional | Verified | Failed

_Union = TypeVar("_Union")

_encoder = msgspec.msgpack.Encoder()
_from_robot = msgspec.msgpack.Decoder(FromRobot)
_from_verifier = msgspec.msgpack.Decoder(FromVerifier)


def encode(message: Message) -> bytes:
    """Returns a message as it goes over the wire."""
    return _encoder.encode(message)


def decode_from_robot(data: bytes) -> FromRobot:
    """Reads what a robot sent.

    Raises:
        ProtocolError: it is not a message of this protocol.
    """
    return _decode(_from_robot, data)


def decode_from_verifier(data: bytes) -> FromVerifier:
    """Reads what a verifier sent.

    Raises:
        ProtocolError: it is not a message of this protocol.
    """
    return _decode(_from_verifier, data)


def _decode(decoder: msgspec.msgpack.Decoder[_Union], data: bytes) -> _Union:
    if len(data) > LARGEST_MESSAGE:
        raise ProtocolError(f"a message of {len(data)} bytes; {LARGEST_MESSAGE} are allowed")
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # msgspec lets the last two through: a text that is no UTF-8, lists in lists without end.
        raise ProtocolError(f"not a message of protocol {PROTOCOL_VERSION}: {error}") from error
