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
    seed: int


class DraftFrom(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Client: draft ``count`` choices after these; what was being drafted is dropped."""

    turn: int
    request: int
    choices: list[int]
    count: int


class StopDraft(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Client: drop what is being drafted."""


class DraftReady(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Draft: the model is loaded."""

    model: str


class Drafted(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Draft: the next choice of a request, what it forces, and whether the text ends there."""

    turn: int
    request: int
    token: int
    forced: list[int]
    probability: float
    complete: bool


class DraftFailed(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Draft: the turn, or with turn 0 the model, has failed."""

    turn: int
    reason: str


ToDraft = BeginDraft | DraftFrom | StopDraft
FromDraft = DraftReady | Drafted | DraftFailed

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
