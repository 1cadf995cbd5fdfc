"""What is asked of a frame: things in view, hidden, or absent, in one step or two, and orders."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from specedge.commands import Context, parse, user_text
from specedge.sim.expert import search_command
from specedge.sim.objects import COLOURS, KINDS
from specedge.training.frames import FEWEST_PIXELS, DrivenTurn, SeenObject
from specedge.training.last_commands import LastCommands, reached, swapped
from specedge.training.orders import draw_order
from specedge.training.packing import Question
from specedge.training.wording import draw_pair_template, draw_template, say, say_pair

TWO_STEPS = 0.6
"""Share of the sentences about things that name two, to be reached one after the other."""
ARRIVED_OF_TWO = 0.6
"""The same where the thing is reached: `done` or `next` is decided there alone."""
ORDERS = 0.5
"""Share of the frames of which one question is a direct order."""
KIND_ALONE = 0.2
"""Share of the things that are called by their kind alone, where that names only one."""
HIDDEN = 0.5
"""Share of the things hidden by something that are asked for as if just seen."""
MISTAKEN = 0.12
"""Share of the things not in view that the last command took what only resembles them for."""
PAST_WEIGHT = 4.0
"""Of the actions that lead past what is in the way: to be wrong there is to run into it, while a
walk past nothing costs a turn. And they are many, of which each is less likely than their sum."""
SEEN_WEIGHT = 2.0
"""Of the sight of what is in view: to overlook it ends a goal, to see it where it is not costs a
turn, and both are as likely where a model is in doubt."""
_PAST = re.compile(r"walk \S+ m; turn")
_BLOCKED = 0.04
_OBEYED = 0.15
_LIKE_SEEN = 0.55
_FIRST_OF_TWO, _FIRST_ARRIVED = 0.45, 0.6
_JUST_REACHED = 0.25
# Of the questions which of two things is meant: the first one is, and nothing was said before, or
# the first one has just been reached.
_WHICH_NONE, _WHICH_FIRST, _WHICH_REACHED = 0.35, 0.5, 0.9
_BLIND_ORDERS, _BLIND_ENDS = 0.3, 0.4
_SAME_KIND, _SAME_COLOUR, _TOLD_BY_KIND = 0.25, 0.2, 0.25
# Where something is near enough to have just been reached: that is rare, and looks like the end.
_STEP_AFTER_NEAR, _AFTER_NEAR = 0.7, 0.8
_LIKE_NEAR = 0.5


class Form(Enum):
    """How all questions of a batch are asked; one form a batch wastes no padding."""

    WHOLE = "a goal, answered by a whole command"
    COMPACT = "a name, answered by where it is: teaches to bind it with the fewest tokens"
    BLIND = "what takes no looking: an order, which of two steps is under way, what follows it"


@dataclass(frozen=True)
class Asked:
    """A question with what it is about.

    Attributes:
        question: As the model is asked.
        name: The goal, or the step of it that is under way; empty for an order.
        seen: Whether that is in view.
    """

    question: Question
    name: str
    seen: bool


class Asker:
    """Draws questions for frames.

    Args:
        seed: Of all draws.
        held_out: Whether to use the wordings that training never sees.
        compact, blind: Shares of batches of these forms; all others are whole.
    """

    def __init__(
        self, seed: int, *, held_out: bool = False, compact: float = 0.0, blind: float = 0.0
    ) -> None:
        self._random = random.Random(seed)
        self._held_out = held_out
        self._compact, self._blind = compact, blind
        self._lasts = LastCommands(self._random)

    def draws_form(self) -> Form:
        """Draws how the next batch is asked."""
        draw = self._random.random()
        if draw < self._compact:
            return Form.COMPACT
        return Form.BLIND if draw < self._compact + self._blind else Form.WHOLE

    def ask(
        self,
        objects: Sequence[SeenObject],
        count: int,
        *,
        form: Form = Form.WHOLE,
        flip: bool = False,
        turn: DrivenTurn | None = None,
    ) -> list[Asked]:
        """Draws at most ``count`` questions about a frame, mirrored when ``flip``.

        That of a turn in which a model drove comes first.
        """
        if form is Form.BLIND:
            return [self._told(objects) for _ in range(count)]
        compact = form is Form.COMPACT
        seen = [item for item in objects if item.pixels >= FEWEST_PIXELS]
        self._random.shuffle(seen)
        # A search looks mostly at what only resembles its goal, so compact questions, which cost
        # little, ask much of that; whole commands about absent things teach only to go on.
        count = min(count, len(seen) + (3 if compact else 2))
        asked = [self._about(item, objects, compact) for item in seen[:count]]
        if not compact:
            special = self._special(objects)
            asked = [*asked[: count - len(special)], *special]
        while len(asked) < count:
            names = {item.name for item in asked}
            absent = self._about(self._absent(objects, seen, names), objects, compact)
            if absent.name not in names:
                asked.append(absent)
        # Not all may fit a row: which are left out must not depend on what they ask.
        self._random.shuffle(asked)
        if turn is not None and count:
            asked = [self._driven(turn, compact), *asked[: count - 1]]
        if flip:
            asked = [Asked(mirrored(item.question), item.name, item.seen) for item in asked]
        return asked

    def _driven(self, turn: DrivenTurn, compact: bool) -> Asked:
        """What was asked when a model drove, and should have been answered."""
        name, _, rest = turn.answer.partition(":")
        seen = not rest.startswith(" not seen")
        if compact:
            place = turn.answer.partition(";")[0] if seen else f"{name}: not seen"
            return _placed(name, place, seen)
        two = len(turn.names) > 1
        sentence = self._say_pair(*turn.names) if two else self._say(*turn.names)
        return self._asked(sentence, turn.last, turn.answer, name, seen, turn.outcome)

    def _special(self, objects: Sequence[SeenObject]) -> list[Asked]:
        """At most one question that is neither about what is in view nor about what is absent."""
        hidden = [item for item in objects if item.hidden]
        if hidden and self._random.random() < HIDDEN:
            item = self._random.choice(hidden)
            last = self._lasts.approach(item.name, item.place)
            return [self._whole(item.name, item.hidden, last, seen=False)]
        return [self._order()] if self._random.random() < ORDERS else []

    def _about(self, item: SeenObject, objects: Sequence[SeenObject], compact: bool) -> Asked:
        name, command = self._called(item, objects)
        if compact:
            answer = command.partition(";")[0] or f"{name}: not seen"
            return _placed(name, answer, bool(command))
        near = [other for other in objects if other.arrived and other is not item]
        apart = _STEP_AFTER_NEAR if near else TWO_STEPS
        if self._random.random() < (ARRIVED_OF_TWO if "; done" in command else apart):
            return self._step(name, command, objects, near)
        if item.place and self._random.random() < MISTAKEN:
            last = self._lasts.approach(name, item.place)
        else:
            last = self._last(name, command, may_be_first=True)
        answer = command or search_command(name, parse(last) if last else None).text
        if command and "done" not in command:
            self._lasts.remember(command)
        return self._whole(name, answer, last, seen=bool(command))

    def _called(self, item: SeenObject, objects: Sequence[SeenObject]) -> tuple[str, str]:
        """The name by which a thing is asked for, and the expert's command by that name."""
        kind = item.name.split()[-1]
        alone = sum(other.name.endswith(" " + kind) for other in objects) <= bool(item.command)
        if alone and self._random.random() < KIND_ALONE:
            return kind, item.command.replace(item.name, kind)
        return item.name, item.command

    def _last(self, name: str, command: str, *, may_be_first: bool) -> str:
        if command:
            return self._lasts.of_seen(name, command, may_be_first=may_be_first)
        return self._lasts.of_unseen(name, may_be_first=may_be_first)

    def _whole(self, name: str, answer: str, last: str, *, seen: bool) -> Asked:
        return self._asked(self._say(name), last, answer, name, seen)

    def _step(
        self, name: str, command: str, objects: Sequence[SeenObject], near: Sequence[SeenObject]
    ) -> Asked:
        """Asks for one thing as the first or the second of two steps."""
        other = self._other(name, objects)
        arrived = "; done" in command
        first = self._random.random() < (_FIRST_ARRIVED if arrived else _FIRST_OF_TWO)
        if first:
            last = self._last(name, command, may_be_first=True)
            command = command.replace("; done.", "; next.")
        elif near and not arrived and self._random.random() < _AFTER_NEAR:
            other = self._random.choice(near).name
            last = reached(other, self._random)
        elif self._random.random() < _JUST_REACHED:
            last = reached(other, self._random)
        else:
            last = self._last(name, command, may_be_first=False)
        answer = command or search_command(name, parse(last) if last else None).text
        pair = (name, other) if first else (other, name)
        sentence = self._say_pair(*pair)
        return self._asked(sentence, last, answer, name, bool(command))

    def _told(self, objects: Sequence[SeenObject]) -> Asked:
        draw = self._random.random()
        if draw < _BLIND_ORDERS:
            return self._order()
        return self._end(objects) if draw < _BLIND_ORDERS + _BLIND_ENDS else self._which(objects)

    def _end(self, objects: Sequence[SeenObject]) -> Asked:
        """Asks what follows when a thing has been reached: the other one, or nothing."""
        name, other = self._two_names(objects)
        first = self._random.random() < 0.5
        sentence = self._say_pair(name, other) if first else self._say_pair(other, name)
        given = reached(name, self._random).partition(";")[0]
        context = Context(sentence, self._lasts.approach(name, given), "ok")
        question = Question(user_text(context), "; next." if first else "; done.", given=given)
        return Asked(question, name, False)

    def _which(self, objects: Sequence[SeenObject]) -> Asked:
        """Asks which of two things is to be reached now, whatever the picture shows."""
        first, second = self._two_names(objects)
        draw = self._random.random()
        if draw < _WHICH_FIRST:
            name, last = first, "" if draw < _WHICH_NONE else self._lasts.search(first)
        else:
            done = draw < _WHICH_REACHED
            last = reached(first, self._random) if done else self._lasts.search(second)
            name = second
        sentence = self._say_pair(first, second)
        context = Context(sentence, last, "ok" if last else "")
        return Asked(Question(user_text(context), f"{name}:", ends=False), name, False)

    def _asked(
        self, sentence: str, last: str, answer: str, name: str, seen: bool, outcome: str = ""
    ) -> Asked:
        if last and not outcome:
            outcome = "blocked" if self._random.random() < _BLOCKED else "ok"
        context = Context(sentence, last, outcome)
        weight = PAST_WEIGHT if seen and _PAST.search(answer) else 1.0
        question = Question(
            user_text(context), answer, action_weight=weight, sight_weight=_sight_weight(seen)
        )
        return Asked(question, name, seen)

    def _two_names(self, objects: Sequence[SeenObject]) -> tuple[str, str]:
        """Names of two steps, often hard to tell apart: of one kind, or a kind without a colour."""
        name = self._any_name()
        if self._random.random() < _TOLD_BY_KIND:
            name = name.split()[-1]
        return name, self._other(name, objects)

    def _other(self, name: str, objects: Sequence[SeenObject]) -> str:
        """Another name for a sentence of two steps, which no one can mistake for the first."""
        names = [item.name for item in objects]
        colour, _, kind = name.rpartition(" ")
        draw = self._random.random()
        if colour and draw < _SAME_KIND:
            return f"{self._random.choice([known for known in COLOURS if known != colour])} {kind}"
        if colour and draw < _SAME_KIND + _SAME_COLOUR:
            return f"{colour} {self._random.choice([known for known in KINDS if known != kind])}"
        while True:
            drawn = self._any_name()
            other = self._random.choice(names) if self._random.random() < 0.7 else drawn
            kind = other.split()[-1]
            if other == name or name == kind:
                continue
            alone = sum(known.endswith(" " + kind) for known in names) <= 1
            if alone and not name.endswith(kind) and self._random.random() < KIND_ALONE:
                return kind
            return other

    def _any_name(self) -> str:
        return f"{self._random.choice(list(COLOURS))} {self._random.choice(list(KINDS))}"

    def _say(self, name: str) -> str:
        template = draw_template(self._random, held_out=self._held_out)
        return say(template, name, self._random)

    def _say_pair(self, first: str, second: str) -> str:
        template = draw_pair_template(self._random, held_out=self._held_out)
        return say_pair(template, first, second, self._random)

    def _order(self) -> Asked:
        order = draw_order(self._random, held_out=self._held_out)
        obeyed = self._random.random() < _OBEYED
        context = Context(order.goal, order.command if obeyed else "", "ok" if obeyed else "")
        answer = "order; done." if obeyed else order.command
        return Asked(Question(user_text(context), answer), "", False)

    def _absent(
        self, objects: Sequence[SeenObject], seen: Sequence[SeenObject], asked: set[str]
    ) -> SeenObject:
        """A thing that is not in view, most often much like one that is, and then in its place.

        Whoever once took one for the other comes closer with a last command that says so. Only the
        picture can tell it by then, so the picture must count for more.
        """
        # What shows a few pixels is neither in view nor absent.
        taken = {item.name for item in objects if item.pixels > 0} | asked
        hidden = [item.name for item in objects if item.pixels == 0 and item.name not in asked]
        while True:
            draw = self._random.random()
            if hidden and draw < 0.3:
                return SeenObject(self._random.choice(hidden), 0, "")
            colour, kind = self._any_name().split()
            place = ""
            if seen and draw < 0.3 + _LIKE_SEEN:
                like = self._random.choice(seen)
                near = [item for item in seen if item.arrived]
                if near and self._random.random() < _LIKE_NEAR:
                    # What was just reached fills the picture, and is taken for what follows.
                    like = self._random.choice(near)
                place = like.command
                known = like.name.split()
                # Colours are told apart at once; it is the kind that is mistaken.
                alike = self._random.random() < 0.7
                colour, kind = (known[0], kind) if alike else (colour, known[1])
            if f"{colour} {kind}" not in taken:
                return SeenObject(f"{colour} {kind}", 0, "", place=place)


def _sight_weight(seen: bool) -> float:
    return SEEN_WEIGHT if seen else 1.0


def _placed(name: str, answer: str, seen: bool) -> Asked:
    """Asks by its name alone where something is."""
    question = Question(name, answer, ends=False, sight_weight=_sight_weight(seen))
    return Asked(question, name, seen)


def mirrored(question: Question) -> Question:
    """The same question about the mirror image of the frame."""
    texts = (question.prompt, question.answer, question.given)
    # What is straight ahead is said to be to the left, in the mirror too.
    prompt, answer, given = (swapped(text).replace("right 0 deg", "left 0 deg") for text in texts)
    return replace(question, prompt=prompt, answer=answer, given=given)
