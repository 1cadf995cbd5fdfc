"""Goals that need no eyes, such as "turn left 30 degrees", with the commands that obey them."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from specedge.commands import Action, ActionKind, Command, render
from specedge.commands.actions import (
    LARGEST_TURN_DEGREES,
    LONGEST_SIDESTEP_DECIMETRES,
    LONGEST_STEP_BACK_DECIMETRES,
    LONGEST_WALK_DECIMETRES,
    STEP_DEGREES,
)

_TWO_ACTIONS = 0.15
_IN_WORDS = 0.3
_WORDS = {
    1: "one",
    2: "two",
    5: "five",
    10: "ten",
    15: "fifteen",
    20: "twenty",
    30: "thirty",
    40: "forty",
    50: "fifty",
    60: "sixty",
    70: "seventy",
    80: "eighty",
    90: "ninety",
}


@dataclass(frozen=True)
class Order:
    """A sentence and the command that obeys it."""

    goal: str
    command: str


@dataclass(frozen=True)
class _Skill:
    """How one thing to do is said.

    Attributes:
        kind: The action.
        sentences: With ``{side}``, ``{angle}`` or ``{length}`` where it has such.
        held_out: Sentences for testing.
        longest: Largest amount, in steps of 5 degrees or of 0.1 m.
        forward: Sign of a walk.
    """

    kind: ActionKind
    sentences: tuple[str, ...]
    held_out: tuple[str, ...]
    longest: int = 0
    forward: int = 1


_SKILLS = (
    _Skill(
        ActionKind.TURN,
        (
            "turn {side} {angle} degrees",
            "turn {angle} degrees to the {side}",
            "turn {angle} degrees {side}",
            "rotate {side} {angle} degrees",
            "please turn {side} {angle} deg",
            "turn to the {side} {angle} degrees",
            "spin {angle} degrees to the {side}",
            "can you turn {side} {angle} degrees",
            "rotate {angle} degrees to the {side} please",
            "rotate {angle} degrees {side}",
            "spin {side} {angle} degrees",
            "rotate to the {side} {angle} degrees",
        ),
        ("please rotate {angle} degrees to the {side}", "could you turn {angle} degrees {side}"),
        LARGEST_TURN_DEGREES // STEP_DEGREES,
    ),
    _Skill(
        ActionKind.WALK,
        (
            "walk {length}",
            "go forward {length}",
            "move {length} forward",
            "walk forward {length}",
            "walk straight for {length}",
            "please walk {length}",
            "go straight {length}",
            "could you move forward {length}",
            "step forward {length}",
        ),
        ("please go forward {length}", "walk {length} straight forward"),
        LONGEST_WALK_DECIMETRES,
    ),
    _Skill(
        ActionKind.WALK,
        (
            "go back {length}",
            "back {length}",
            "walk backwards {length}",
            "move back {length}",
            "back up {length}",
            "step back {length} please",
            "move {length} backward",
            "walk {length} backward",
            "go backward {length}",
            "step {length} back",
            "walk {length} backwards",
        ),
        ("please walk back {length}", "go {length} backwards"),
        LONGEST_STEP_BACK_DECIMETRES,
        forward=-1,
    ),
    _Skill(
        ActionKind.SIDESTEP,
        (
            "sidestep {side} {length}",
            "step {length} to the {side}",
            "sidestep {length} to the {side}",
            "step {side} {length}",
            "move {length} to the {side}",
            "please step {side} {length}",
            "sidestep {length} {side}",
            "step {length} {side}",
        ),
        ("please sidestep {length} to the {side}", "move {side} {length}"),
        LONGEST_SIDESTEP_DECIMETRES,
    ),
    _Skill(
        ActionKind.STOP,
        ("stop", "halt", "stay here", "stay", "please stop", "stop now", "hold it"),
        ("please halt", "stop here"),
    ),
    _Skill(
        ActionKind.STAND,
        ("stand up", "stand", "please stand up", "stand up now", "get up"),
        ("stand up please", "please get up"),
    ),
    _Skill(
        ActionKind.SIT,
        ("sit", "sit down", "please sit down", "sit down now", "sit please", "could you sit down"),
        ("please sit", "can you sit down", "sit down please"),
    ),
    _Skill(
        ActionKind.LOOK_AROUND,
        ("look around", "look around you", "please look around", "have a look around"),
        ("look around please", "can you look around"),
    ),
)
_TURN_ROUND = ("turn around", "turn round", "please turn around", "turn all the way back")
_BEFORE = ("please ", "can you ", "could you ", "would you ", "now ", "ok, ", "robot, ", "hey dog ")
_AFTER = (" please", " now", ", please", "")
_MORE_WORDS = 0.4
_JOINED = ("{} and {}", "{}, then {}", "{} and then {}", "first {}, then {}")


def draw_order(random_source: random.Random, *, held_out: bool = False) -> Order:
    """Draws a direct order such as "turn left 30 degrees"; some ask for two things in a row."""
    sentence, action = _draw(random_source, held_out)
    if action.amount == 0.0 or random_source.random() >= _TWO_ACTIONS:
        return Order(sentence, render(Command(None, (action,))))
    while True:
        second, then = _draw(random_source, held_out)
        if then.kind is not action.kind and then.kind is not ActionKind.STOP:
            joined = random_source.choice(_JOINED).format(sentence, second)
            return Order(joined, render(Command(None, (action, then))))


def order_sentences(*, held_out: bool) -> tuple[str, ...]:
    """Returns every way to say an order, with the places of its amounts."""
    said = [skill.held_out if held_out else skill.sentences for skill in _SKILLS]
    return (*(() if held_out else _TURN_ROUND), *(sentence for row in said for sentence in row))


def _draw(random_source: random.Random, held_out: bool) -> tuple[str, Action]:
    if not held_out and random_source.random() < 0.04:
        return random_source.choice(_TURN_ROUND), Action(ActionKind.TURN, math.pi)
    skill = random_source.choice(_SKILLS)
    sentence = random_source.choice(skill.held_out if held_out else skill.sentences)
    if not held_out and random_source.random() < _MORE_WORDS:
        sentence = _said_otherwise(sentence, skill.held_out, random_source)
    if not skill.longest:
        return sentence, Action(skill.kind)
    side, sign = random_source.choice((("left", 1), ("right", -1)))
    steps = random_source.randint(1, skill.longest)
    if skill.kind is ActionKind.TURN:
        angle = steps * STEP_DEGREES
        said = sentence.format(side=side, angle=_number(angle, random_source))
        return said, Action(skill.kind, sign * math.radians(angle))
    metres = steps / 10
    said = sentence.format(side=side, length=_length(metres, random_source))
    direction = sign if skill.kind is ActionKind.SIDESTEP else skill.forward
    return said, Action(skill.kind, direction * metres)


def _said_otherwise(sentence: str, held_out: tuple[str, ...], random_source: random.Random) -> str:
    """Puts words around a sentence that change nothing; never so that it is a held-out one."""
    if not {"please", "you", "now"} & set(sentence.split()):
        before = random_source.choice((*_BEFORE, ""))
        wordy = before + sentence + random_source.choice(_AFTER)
        if wordy not in held_out:
            return wordy
    return sentence


def _number(value: float, random_source: random.Random) -> str:
    if value in _WORDS and random_source.random() < _IN_WORDS:
        return _WORDS[int(value)]
    return f"{value:g}"


def _length(metres: float, random_source: random.Random) -> str:
    units = ("m", "meter", "metre") if metres == 1.0 else ("m", "meters", "metres")
    return f"{_number(metres, random_source)} {random_source.choice(units)}"
