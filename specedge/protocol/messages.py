"""Everything that robot and verifier say to each other, as MessagePack.

A message is a MessagePack array: its name, then its fields in the order given here. An image
follows its `Begin` as a ZeroMQ frame of its own. A *turn* decodes one command for one frame; turns
of a session count upwards. A *version* is the number of choices that are verified in a turn. Tokens
that the grammar forces are never sent: both ends compute them (see `specedge.decoding.grammar`).
``docs/protocol.md`` describes the same for clients in other languages.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec

from specedge.errors import SpecedgeError

PROTOCOL_VERSION = 2

LARGEST_IMAGE = 4 << 20
"""Bytes of the largest frame that a verifier takes."""
LARGEST_MESSAGE = 1 << 14
"""Bytes of the largest message besides images."""
LONGEST_HINT = 256
"""Nodes of the longest `Hint`."""
LONGEST_FIELD = 2000
"""Characters of the longest goal, command or reason."""
MOST_LAYERS = 1024
"""Decoder layers of the deepest target."""
MOST_CHOICES = 160
"""Choices of the longest text: as many as `specedge.decoding.grammar.LONGEST_TEXT` has tokens, for
none of them has to be forced."""

LARGEST_COUNT = 2**32
LONGEST_LIFETIME = 3600.0
"""Seconds that a turn may be kept without a new choice."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_FIELD)]
SessionId = Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]
Layer = Annotated[int, msgspec.Meta(ge=0, lt=MOST_LAYERS)]
TokenId = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Version = Annotated[int, msgspec.Meta(ge=0, le=MOST_CHOICES)]
Choices = Annotated[list[TokenId], msgspec.Meta(max_length=MOST_CHOICES)]
Nanoseconds = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=1e6)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Node = Annotated[int, msgspec.Meta(ge=-(MOST_CHOICES + 1), le=2**31)]
Likely = Annotated[int, msgspec.Meta(ge=0, le=255)]
SourceCode = Annotated[int, msgspec.Meta(ge=0, le=3)]
Source = Literal["client", "self", "history", "forced"]
"""Where a free-running turn may take candidates from; ``forced`` skips what the grammar forces."""


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
    """Verifier: the session is open.

    Attributes:
        target: Name of the target model.
        exits: Layers after which `Provisional` may come.
        largest_image: Bytes of the largest frame.
        longest_hint: Nodes of the longest `Hint`.
        most_sessions: Robots that this verifier keeps.
    """

    target: Text
    exits: Annotated[list[Layer], msgspec.Meta(max_length=64)]
    largest_image: Count
    longest_hint: Count
    most_sessions: Count


class Refused(Message, frozen=True, tag=True):
    """Verifier: the session cannot be opened; the reason names what to change."""

    reason: Text


class Ping(Message, frozen=True, tag=True):
    """Robot: are you there?

    Attributes:
        sent: When it was sent by the robot's monotonic clock; the verifier only returns it.
    """

    sent: Nanoseconds


class Pong(Message, frozen=True, tag=True):
    """Verifier: yes.

    Attributes:
        sent: Of the `Ping` that this answers.
        known: False when the session must be opened again.
    """

    sent: Nanoseconds
    known: bool


class Bye(Message, frozen=True, tag=True):
    """Robot: the session is over."""


class Begin(TurnMessage, frozen=True, tag=True):
    """Robot: a new turn, which ends the one before; the image is the next frame.

    Attributes:
        top_k: Tokens that a draw is made from, the likeliest first; 0 for all.
        top_p: Share of the probability that a draw is made from; 1 for all.
        seed: Of the noise that both ends draw with.
        free: Whether the verifier goes on by itself, pass after pass, or waits for proposals.
        sources: Where a free-running turn takes candidates from; none is one token a pass.
        provisional: Whether to answer at the exits, too.
        patience: 0 never waits for a hint, 1 waits wherever a hint should save a pass.
        lifetime: Seconds without a new choice after which the turn fails.
    """

    goal: Text
    last_command: Text
    outcome: Text
    temperature: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)]
    top_k: Count
    top_p: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    free: bool
    sources: Annotated[list[Source], msgspec.Meta(max_length=4)]
    provisional: bool
    patience: Share
    lifetime: Annotated[float, msgspec.Meta(gt=0.0, le=LONGEST_LIFETIME)]


class Hint(TurnMessage, frozen=True, tag=True):
    """Robot: a free-running turn may go on like this; a tree of candidates, parents first.

    Repeated nodes are harmless, nodes with an unknown parent are dropped.

    Attributes:
        first: Id of the first node; the others count upwards. Ids are the robot's, within a turn.
        parents: Of each node: a node's id, or -(k + 1) for the first k verified choices.
        tokens: Choice of each node.
        likely: Probability that it follows its parent, in 255ths.
    """

    first: Annotated[int, msgspec.Meta(ge=0, le=2**31)]
    parents: Annotated[list[Node], msgspec.Meta(max_length=LONGEST_HINT)]
    tokens: Annotated[list[TokenId], msgspec.Meta(max_length=LONGEST_HINT)]
    likely: Annotated[list[Likely], msgspec.Meta(max_length=LONGEST_HINT)]

    def __post_init__(self) -> None:
        if not len(self.parents) == len(self.tokens) == len(self.likely):
            raise ValueError("a hint has a parent, a token and a probability for each node")


class Propose(TurnMessage, frozen=True, tag=True):
    """Robot: the target may say these choices after the first ``version``."""

    version: Version
    choices: Choices


class Cancel(TurnMessage, frozen=True, tag=True):
    """Robot: give this turn up at once."""


class Resume(TurnMessage, frozen=True, tag=True):
    """Robot, where something may be lost: say again what came after ``version`` choices."""

    version: Version


class Provisional(TurnMessage, frozen=True, tag=True):
    """Verifier, during a pass: what the exit at ``layer`` expects `Verified` to say.

    Attributes:
        choices: Expected after the first ``version``.
        accepted: How many of them were candidates; the rest is the exit's own choice.
        confidence: Probability, by the exit's calibration, that all of it comes true.
    """

    version: Version
    layer: Layer
    choices: Choices
    accepted: Count
    confidence: Share


class Verified(TurnMessage, frozen=True, tag=True):
    """Verifier: these choices stand after the first ``version``.

    The text is complete when the grammar says so; no message says it besides.

    Attributes:
        accepted: How many of the choices were candidates; each pass adds one of the target's own.
        sources: Of each choice: 0 the target, 1 the robot, 2 the target's self-draft, 3 history.
        passes: Passes of the target since the last `Verified` of the turn.
        tokens: Tokens that the last pass ran over.
        queued: Seconds since the last `Verified` that the turn waited, for the model or a hint.
        seconds: Seconds that the passes took.
    """

    version: Version
    choices: Choices
    accepted: Count
    sources: Annotated[list[SourceCode], msgspec.Meta(max_length=MOST_CHOICES)]
    passes: Count
    tokens: Count
    queued: Seconds
    seconds: Seconds


class Lost(TurnMessage, frozen=True, tag=True):
    """Verifier, to a `Resume`: the turn's frame is gone; begin again with the image."""


class Failed(TurnMessage, frozen=True, tag=True):
    """Verifier: the turn is over without a text; ``reason`` says why."""

    reason: Text


FromRobot = Hello | Ping | Bye | Begin | Hint | Propose | Cancel | Resume
FromVerifier = Welcome | Refused | Pong | Provisional | Verified | Lost | Failed

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
