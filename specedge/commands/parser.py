"""Text to commands; what the grammar allows is exactly what is read here."""

from __future__ import annotations

import math
import re

from specedge.commands.actions import Action, ActionKind, Command, Sight
from specedge.commands.grammar import COMMAND
from specedge.errors import SpecedgeError

_COMMAND = re.compile(COMMAND)
_SEEN = re.compile(r"(?P<name>[a-z ]+): (?P<side>left|right) (?P<angle>\d+) deg, (?P<metres>\S+) m")
_SEARCHED = re.compile(r"(?P<name>[a-z ]+): not seen in (?P<angle>\d+) deg")


class CommandError(SpecedgeError):
    """A text is no command of the declared grammar."""


def parse(text: str) -> Command:
    """Reads a complete command.

    Raises:
        CommandError: the text is outside the grammar.
    """
    if not _COMMAND.fullmatch(text):
        raise CommandError(
            f"{text!r} is not a command; docs/commands.md gives the language, "
            "for example 'red chair: left 25 deg, 2.5 m; turn left 25 deg; walk 1.5 m.'"
        )
    sight, *actions = text[:-1].split("; ")
    return Command(_sight(sight), tuple(map(_action, actions)), text)


def first_action(prefix: str) -> Action | None:
    """Returns the first action of a text that is still being decoded, or None until it is complete.

    Raises:
        CommandError: the part that is complete is outside the grammar.
    """
    closed = re.match(r"([^;]*; [^;.]*(?:\.\d[^;.]*)?)[;.]", prefix)
    # The point of '1.' in 'walk 1.5 m' does not end a command: only a finished action may.
    if closed is None or not _COMMAND.fullmatch(closed[1] + "."):
        if len(prefix.split("; ")) > 2:
            raise CommandError(f"{prefix!r} does not begin a command of docs/commands.md")
        return None
    return parse(closed[1] + ".").actions[0]


def _sight(text: str) -> Sight | None:
    if text == "order":
        return None
    if seen := _SEEN.fullmatch(text):
        bearing = math.radians(_signed(seen["side"], float(seen["angle"])))
        return Sight(seen["name"], bearing=bearing, distance=float(seen["metres"]))
    searched = _SEARCHED.fullmatch(text)
    assert searched is not None, text
    return Sight(searched["name"], searched=math.radians(float(searched["angle"])))


def _action(text: str) -> Action:
    verb, *words = text.split()
    if verb == "turn":
        return Action(ActionKind.TURN, math.radians(_signed(words[0], float(words[1]))))
    if verb == "walk":
        return Action(ActionKind.WALK, float(words[0]))
    if verb == "back":
        return Action(ActionKind.WALK, -float(words[0]))
    if verb == "sidestep":
        return Action(ActionKind.SIDESTEP, _signed(words[0], float(words[1])))
    if verb == "cannot:":
        return Action(ActionKind.CANNOT, reason=" ".join(words))
    return Action(ActionKind[text.upper().replace(" ", "_")])


def _signed(side: str, amount: float) -> float:
    return amount if side == "left" else -amount
