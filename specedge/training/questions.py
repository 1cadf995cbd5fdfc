"""What is asked of a frame: objects in view, things that are not, and direct orders."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from specedge.commands import Context, parse, user_text
from specedge.sim.expert import SEARCH_TURN, search_command
from specedge.sim.objects import COLOURS, KINDS
from specedge.training.frames import FEWEST_PIXELS, SeenObject
from specedge.training.packing import Question
from specedge.training.wording import HELD_OUT_TEMPLATES, TEMPLATES, draw_order, say

_SEARCHES = round(6.283185307179586 / SEARCH_TURN)


@dataclass(frozen=True)
class Asked:
    """A question with what it is about.

    Attributes:
        question: As the model is asked.
        name: The goal; empty for an order.
        seen: Whether the goal is in view.
    """

    question: Question
    name: str
    seen: bool


class Asker:
    """Draws questions for frames.

    Args:
        seed: Of all draws.
        held_out: Whether to use the wordings that training never sees.
        compact: Share of batches whose questions are only a name, answered by where it is: they
            teach the binding of a name to a place with the fewest tokens.
    """

    def __init__(self, seed: int, *, held_out: bool = False, compact: float = 0.0) -> None:
        self._random = random.Random(seed)
        self._templates = HELD_OUT_TEMPLATES if held_out else TEMPLATES
        self._compact = compact
        self._earlier: list[str] = []

    def draws_compact(self) -> bool:
        """Draws whether the next batch is asked compactly; one kind a batch wastes no padding."""
        return self._random.random() < self._compact

    def ask(
        self,
        objects: Sequence[SeenObject],
        count: int,
        *,
        compact: bool = False,
        flip: bool = False,
    ) -> list[Asked]:
        """Draws at most ``count`` questions about a frame, mirrored when ``flip``."""
        seen = [item for item in objects if item.pixels >= FEWEST_PIXELS]
        self._random.shuffle(seen)
        # A search looks mostly at what only resembles its goal, so compact questions, which cost
        # little, ask much of that; whole commands about absent things teach only to go on.
        count = min(count, len(seen) + (5 if compact else 2))
        asked = [self._about(item.name, item.command, objects, compact) for item in seen[:count]]
        if not compact and self._random.random() < 0.5:
            asked = [*asked[: count - 1], self._order()]
        while len(asked) < count:
            name = self._absent(objects, seen, {item.name for item in asked})
            asked.append(self._about(name, "", objects, compact))
        if flip:
            asked = [Asked(mirrored(item.question), item.name, item.seen) for item in asked]
        return asked

    def _about(
        self, name: str, command: str, objects: Sequence[SeenObject], compact: bool
    ) -> Asked:
        kind = name.split()[-1]
        alone = sum(item.name.endswith(" " + kind) for item in objects) <= bool(command)
        if alone and self._random.random() < 0.12:
            command = command.replace(name, kind)
            name = kind
        if compact:
            answer = command.partition(";")[0] or f"{name}: not seen"
            return Asked(Question(name, answer, ends=False), name, bool(command))
        last = self._last(name, command)
        outcome = "" if not last else "blocked" if self._random.random() < 0.04 else "ok"
        context = Context(
            say(self._random.choice(self._templates), name, self._random), last, outcome
        )
        answer = command or search_command(name, parse(last) if last else None).text
        if command and "done" not in command:
            self._remember(command)
        return Asked(Question(user_text(context), answer), name, bool(command))

    def _remember(self, command: str) -> None:
        if len(self._earlier) < 4000:
            self._earlier.append(command)
        else:
            self._earlier[self._random.randrange(4000)] = command

    def _last(self, name: str, command: str) -> str:
        """A previous command that could stand before this one."""
        draw = self._random.random()
        if draw < 0.3:
            return ""
        if draw < (0.55 if command else 0.8) or not self._earlier:
            steps = self._random.randrange(1, _SEARCHES + 1)
            last = search_command(name)
            for _ in range(steps - 1):
                last = search_command(name, last)
            return last.text if self._random.random() < 0.6 else swapped(last.text)
        earlier = self._random.choice(self._earlier)
        return name + earlier[earlier.index(":") :]

    def _order(self) -> Asked:
        order = draw_order(self._random)
        finished = self._random.random() < 0.3
        context = Context(order.goal, order.command if finished else "", "ok" if finished else "")
        answer = "order; done." if finished else order.command
        return Asked(Question(user_text(context), answer), "", False)

    def _absent(
        self, objects: Sequence[SeenObject], seen: Sequence[SeenObject], asked: set[str]
    ) -> str:
        """A name that is not in view, most often much like one that is."""
        # What shows a few pixels is neither in view nor absent.
        taken = {item.name for item in objects if item.pixels > 0} | asked
        hidden = [item.name for item in objects if item.pixels == 0 and item.name not in asked]
        while True:
            draw = self._random.random()
            if hidden and draw < 0.3:
                return self._random.choice(hidden)
            colour, kind = self._random.choice(list(COLOURS)), self._random.choice(list(KINDS))
            if seen and draw < 0.85:
                like = self._random.choice(seen).name.split()
                # Colours are told apart at once; it is the kind that is mistaken.
                colour, kind = (like[0], kind) if self._random.random() < 0.7 else (colour, like[1])
            if f"{colour} {kind}" not in taken:
                return f"{colour} {kind}"


def swapped(text: str) -> str:
    """Exchanges left and right in a text."""
    return text.replace("left", "\0").replace("right", "left").replace("\0", "right")


def mirrored(question: Question) -> Question:
    """The same question about the mirror image of the frame."""
    answer = swapped(question.answer).replace("right 0 deg", "left 0 deg")
    prompt = swapped(question.prompt).replace("right 0 deg", "left 0 deg")
    return Question(prompt, answer, question.ends)
