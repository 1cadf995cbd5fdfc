"""What the client and the draft model's process say to each other on one machine."""

from __future__ import annotations

import msgspec


class BeginDraft(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Client: a new turn; the image is the next frame."""

    turn: int
    goal: str
    last_command: str
    outcome: str
    temperature: float
    top_k: int
    top_p: float
    seed: int


class Expand(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Client: draft on from these texts, all in one pass per step; any other drafting is dropped.

    Attributes:
        request: Names it in the answers; counts upwards.
        prefixes: Choices of each text, from the beginning of the turn.
        width: How many of the likeliest next choices to tell after each.
        steps: Each text goes on with the first of them, this many times at most.
    """

    turn: int
    request: int
    prefixes: list[list[int]]
    width: int
    steps: int


class StopDraft(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Client: drop what is being drafted, and read no prompt until something is asked for."""


class DraftReady(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Draft: the model is loaded."""

    model: str


class Candidate(msgspec.Struct, frozen=True, array_like=True):
    """What may come next in a text.

    Attributes:
        token: The choice.
        probability: The draft's own, among the allowed tokens.
        complete: Whether the text ends with it.
    """

    token: int
    probability: float
    complete: bool


class Expanded(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Draft: one step of a request.

    Attributes:
        prefixes: Choices of each text that was gone on with; some of the request's may be missing.
        candidates: After each, its likeliest next choices; the first is the draft's own choice.
            A text that is complete has none.
        seconds: Time that the step took; 0 when it had been made before.
    """

    turn: int
    request: int
    prefixes: list[list[int]]
    candidates: list[list[Candidate]]
    seconds: float


class DraftFailed(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Draft: the turn, or with turn 0 the model, has failed."""

    turn: int
    reason: str


ToDraft = BeginDraft | Expand | StopDraft
FromDraft = DraftReady | Expanded | DraftFailed

_encoder = msgspec.msgpack.Encoder()
_to_draft = msgspec.msgpack.Decoder(ToDraft)
_from_draft = msgspec.msgpack.Decoder(FromDraft)


def encode(message: ToDraft | FromDraft) -> bytes:
    """Returns a message as it goes between the processes."""
    return _encoder.encode(message)


def decode_to_draft(data: bytes) -> ToDraft:
    """Reads a message of the client."""
    return _to_draft.decode(data)


def decode_from_draft(data: bytes) -> FromDraft:
    """Reads a message of the draft's process."""
    return _from_draft.decode(data)
