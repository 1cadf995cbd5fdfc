"""Goals of closed-loop episodes: one room and one wording each."""

from __future__ import annotations

import enum
import math
import random
from dataclasses import dataclass

from specedge.commands import Action, ActionKind, Command, parse
from specedge.sim.detour import CLEARANCE
from specedge.sim.grid import Grid
from specedge.sim.objects import COLOURS, KINDS
from specedge.sim.room import Room, make_room
from specedge.training.orders import draw_order
from specedge.training.wording import draw_pair_template, draw_template, say, say_pair

_KIND_ALONE = 0.12
_LIKE_SOMETHING = 0.7


class GoalKind(str, enum.Enum):
    """What an episode asks for."""

    REACH = "reach"
    TWO_STEP = "two-step"
    ABSENT = "absent"
    ORDER = "order"


@dataclass(frozen=True)
class Goal:
    """What one episode asks for.

    Attributes:
        seed: Of the room, the goal and the wording.
        kind: What is asked for.
        sentence: What the robot is told.
        names: What is to be reached, in this order; of an absent object its name; of an order none.
        called: The same as the sentence names it: ``door`` where there is only one.
        order: The command that obeys an order.
    """

    seed: int
    kind: GoalKind
    sentence: str
    names: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    order: Command | None = None

    @property
    def room(self) -> Room:
        """The room in which it is pursued."""
        return make_room(self.seed)

    def __str__(self) -> str:
        return ", then ".join(self.names) or self.sentence


def draw_goal(kind: GoalKind, seed: int, *, held_out: bool = True) -> Goal:
    """Draws the goal of an episode; the same for the same seed.

    Args:
        kind: What is asked for.
        seed: Of the room and of all draws.
        held_out: Whether to use the wordings that training never sees.
    """
    room, source = make_room(seed), random.Random(seed)
    if kind is GoalKind.ORDER:
        return _order(room, seed, source, held_out)
    if kind is GoalKind.TWO_STEP:
        first, second = (item.name for item in source.sample(room.objects, 2))
        called = _called(room, first, source), _called(room, second, source)
        template = draw_pair_template(source, held_out=held_out)
        return Goal(seed, kind, say_pair(template, *called, source), (first, second), called)
    if kind is GoalKind.ABSENT:
        name = alone = _absent(room, source)
    else:
        name = source.choice(room.objects).name
        alone = _called(room, name, source)
    sentence = say(draw_template(source, held_out=held_out), alone, source)
    return Goal(seed, kind, sentence, (name,), (alone,))


def _called(room: Room, name: str, source: random.Random) -> str:
    kind = name.split()[-1]
    short = room.find(kind) is not None and source.random() < _KIND_ALONE
    return kind if short else name


def _absent(room: Room, source: random.Random) -> str:
    """A name that the room lacks, most often of a colour or a kind that it has."""
    while True:
        colour, kind = source.choice(list(COLOURS)), source.choice(list(KINDS))
        if source.random() < _LIKE_SOMETHING:
            like = source.choice(room.objects)
            colour, kind = (like.colour, kind) if source.random() < 0.5 else (colour, like.kind)
        if room.find(f"{colour} {kind}") is None:
            return f"{colour} {kind}"


def _order(room: Room, seed: int, source: random.Random, held_out: bool) -> Goal:
    """An order that nothing in the room prevents."""
    grid = Grid(room, CLEARANCE)
    while True:
        order = draw_order(source, held_out=held_out)
        command = parse(order.command)
        if _free(room, grid, command.actions):
            return Goal(seed, GoalKind.ORDER, order.goal, order=command)


def _free(room: Room, grid: Grid, actions: tuple[Action, ...]) -> bool:
    x, y, yaw = room.start.x, room.start.y, room.start.yaw
    for action in actions:
        if action.kind is ActionKind.TURN:
            yaw += action.amount
        elif action.kind in (ActionKind.WALK, ActionKind.SIDESTEP):
            heading = yaw if action.kind is ActionKind.WALK else yaw + math.pi / 2
            end = x + action.amount * math.cos(heading), y + action.amount * math.sin(heading)
            if not grid.straight((x, y), end) or not grid.free[grid.cell(*end)]:
                return False
            x, y = end
    return True
