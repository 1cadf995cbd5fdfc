"""Which object a goal names, and in which room to look for it."""

from __future__ import annotations

import re

from specedge.sim.objects import COLOURS, KINDS, SYNONYMS
from specedge.sim.room import Room, make_room, relative
from specedge.stack.errors import BadOption

MOST_ROOMS_TRIED = 1000
SOME_WAY_M = 2.0
"""A robot that stands before the object already would have nothing to show."""


def named_object(goal: str) -> str:
    """Returns the object that a sentence names, such as ``red chair``; empty for none.

    A ``green dustbin`` is a ``green bin``, and so is a ``bin that is green``.

    When it names several, the last one is where the robot should end up:
    "pass the blue ball and go to the red chair".
    """
    kinds = {kind: kind for kind in KINDS}
    kinds |= {said: kind for kind, synonyms in SYNONYMS.items() for said in synonyms}
    colour, kind = "|".join(COLOURS), "|".join(kinds)
    pattern = rf"\b(?:({colour})\s+({kind})|({kind})\s+that\s+is\s+({colour}))\b"
    names = re.findall(pattern, goal.lower())
    if not names:
        return ""
    before, said, said_first, after = names[-1]
    return f"{before or after} {kinds[said or said_first]}"


def seed_of_room_with(name: str, first: int = 1) -> int:
    """Returns the first seed, from `first` on, whose room has the object some way off.

    Raises:
        BadOption: no room has it.
    """
    for seed in range(first, first + MOST_ROOMS_TRIED):
        room = make_room(seed)
        index = room.find(name)
        if index is not None and relative(room.start, room.objects[index])[1] >= SOME_WAY_M:
            return seed
    raise BadOption(f"no room among {MOST_ROOMS_TRIED} has a {name}; choose one with --seed")


def contents(room: Room) -> str:
    """Says what a room has, for a person who must name something in it."""
    return ", ".join(item.name for item in room.objects)
