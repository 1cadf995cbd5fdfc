"""How people say goals: templates and synonyms, some of them held out for testing."""

from __future__ import annotations

import random
from dataclasses import dataclass

from specedge.commands import Action, ActionKind, Command, render
from specedge.commands.text import degrees

TEMPLATES = (
    "go to the {}",
    "go to the {}",
    "walk to the {}",
    "find the {}",
    "approach the {}",
    "please go to the {}",
    "head to the {}",
    "move to the {}",
    "navigate to the {}",
    "go over to the {}",
    "walk over to the {}",
    "run to the {}",
    "take me to the {}",
    "can you go to the {}",
    "could you walk to the {} please",
    "go and find the {}",
    "walk towards the {}",
    "get close to the {}",
    "come to the {}",
    "look for the {} and go there",
    "{}",
    "the {}",
    "go to a {}",
    "i want you to go to the {}",
    "proceed to the {}",
    "stop at the {}",
    "reach the {}",
    "hey dog go to the {}",
    "robot go to the {}",
    "your goal is the {}",
)
HELD_OUT_TEMPLATES = (
    "would you go to the {}",
    "walk up to the {}",
    "head over to the {} please",
    "please approach the {}",
    "go find the {}",
    "move towards the {}",
)
SYNONYMS = {
    "sofa": ("sofa", "couch"),
    "bin": ("bin", "dustbin", "waste bin"),
    "plant": ("plant", "potted plant"),
    "cone": ("cone", "traffic cone"),
    "table": ("table", "desk"),
}
LEAST_SAID = 0.75
"""Share of goals that use the object's own name rather than a synonym."""


def say(template: str, name: str, random_source: random.Random) -> str:
    """Fills a template with an object's name, now and then by a synonym of its kind."""
    *colour, kind = name.split()
    if kind in SYNONYMS and random_source.random() > LEAST_SAID:
        kind = random_source.choice(SYNONYMS[kind])
    sentence = template.format(" ".join([*colour, kind]))
    spoken = random_source.random()
    if spoken < 0.1:
        return sentence.capitalize()
    return sentence + "." if spoken < 0.2 else sentence


@dataclass(frozen=True)
class Order:
    """A goal that needs no eyes, with the command that obeys it."""

    goal: str
    command: str


def draw_order(random_source: random.Random) -> Order:
    """Draws a direct order such as "turn left 30 degrees"."""
    draw = random_source
    side, sign = draw.choice((("left", 1), ("right", -1)))
    steps = draw.randrange(1, 37)
    decimetres = draw.randrange(1, 21)
    metres = f"{decimetres / 10:g}"
    angle = sign * steps * 5 * 3.141592653589793 / 180
    choices: tuple[tuple[tuple[str, ...], Action], ...] = (
        (
            (
                f"turn {side} {steps * 5} degrees",
                f"turn {steps * 5} degrees to the {side}",
                f"rotate {side} by {steps * 5} degrees",
            ),
            Action(ActionKind.TURN, angle),
        ),
        (
            (f"walk {metres} meters", f"go forward {metres} m", f"move {metres} m forward"),
            Action(ActionKind.WALK, decimetres / 10),
        ),
        (
            (
                f"go back {min(decimetres, 10) / 10:g} m",
                f"back {min(decimetres, 10) / 10:g} meters",
            ),
            Action(ActionKind.WALK, -min(decimetres, 10) / 10),
        ),
        (
            (
                f"sidestep {side} {min(decimetres, 10) / 10:g} m",
                f"step {min(decimetres, 10) / 10:g} meters to the {side}",
            ),
            Action(ActionKind.SIDESTEP, sign * min(decimetres, 10) / 10),
        ),
        (("turn around", "turn round"), Action(ActionKind.TURN, 3.141592653589793)),
        (("stop", "halt", "stay where you are"), Action(ActionKind.STOP)),
        (("stand up", "stand"), Action(ActionKind.STAND)),
        (("sit", "sit down"), Action(ActionKind.SIT)),
        (("look around", "look around you"), Action(ActionKind.LOOK_AROUND)),
    )
    sentences, action = draw.choice(choices)
    assert action.kind is not ActionKind.TURN or degrees(action.amount) != 0
    return Order(draw.choice(sentences), render(Command(None, (action,))))
