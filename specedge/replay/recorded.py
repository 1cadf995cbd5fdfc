"""The commands that a bag holds: which frame each was decided on, and with what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from specedge.commands import Action, ActionKind, Context
from specedge.nodes import topics
from specedge.replay.agreement import action_record
from specedge.replay.bags import NANOSECONDS, Bag
from specedge.replay.records import RecordedCommand

COMMAND_TYPE = topics.TYPES[topics.COMMAND]


@dataclass(frozen=True)
class RecordedTurn:
    """One turn of the recording.

    Attributes:
        frame_key: Of its frame; see `frame_key`.
        received: When the command was recorded, in nanoseconds since 1970.
        goal_id: Of the mission that it belonged to.
        complete: Whether the whole command is there; otherwise the turn was cut short.
        context: What the models were told; None in a recording that does not tell.
        seed, temperature: Of the turn's noise.
    """

    frame_key: int
    received: int
    goal_id: str
    command: RecordedCommand
    complete: bool
    context: Context | None
    seed: int
    temperature: float

    @property
    def whole_command(self) -> RecordedCommand | None:
        """The command, where it is all there."""
        return self.command if self.complete else None


def frame_key(sec: int, nanosec: int) -> int:
    """Returns the stamp of a frame as its command repeats it, in nanoseconds.

    A command's stamp has been a float in between, which keeps about a quarter of a microsecond.
    """
    return round((float(sec) + float(nanosec) * 1e-9) * NANOSECONDS)


def recorded_turns(bag: Bag) -> dict[int, RecordedTurn]:
    """Returns the turns by the key of their frame, in the order of the bag.

    Orders that no model gave, such as the stop at the end of a goal, are no turns.
    """
    turns: dict[int, RecordedTurn] = {}
    for message, received in _commands(bag):
        if not message.mode:
            continue
        turn = _turn(message, received)
        known = turns.get(turn.frame_key)
        if known is None or turn.complete or not known.complete:
            turns[turn.frame_key] = turn
    return turns


def _commands(bag: Bag) -> Iterator[tuple[Any, int]]:
    if bag.types.get(topics.COMMAND) != COMMAND_TYPE:
        return
    for message in bag.messages((topics.COMMAND,)):
        yield message.read(), message.received


def _turn(message: Any, received: int) -> RecordedTurn:
    actions = tuple(
        action_record(Action(ActionKind(one.kind), one.amount, one.reason))
        for one in message.actions
    )
    tells = hasattr(message, "last_command")
    return RecordedTurn(
        frame_key=message.header.stamp.sec * NANOSECONDS + message.header.stamp.nanosec,
        received=received,
        goal_id=message.goal_id,
        command=RecordedCommand(message.turn, message.text, actions, message.mode),
        complete=message.complete,
        context=_context(message) if tells else None,
        seed=message.seed if tells else 0,
        temperature=message.temperature if tells else 0.0,
    )


def _context(message: Any) -> Context:
    return Context(message.goal, message.last_command, message.last_outcome)
