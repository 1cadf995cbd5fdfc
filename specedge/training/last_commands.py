"""Previous commands that could stand before the one that is asked for."""

from __future__ import annotations

import math
import random
import re

from specedge.sim.detour import LONGEST_DETOUR, SHORTEST_DETOUR
from specedge.sim.expert import (
    LONGEST_WALK,
    SEARCH_TURN,
    STANDOFF,
    STOP_DISTANCE,
    WALKS_TOWARDS,
    search_command,
)

SEARCHES = round(math.tau / SEARCH_TURN)
"""Turns of a whole search."""
_WALKS_TOWARDS = round(math.degrees(WALKS_TOWARDS))
_TURNED = 0.3
"""Share of what is ahead that was turned to before; to all else the robot has walked."""

_SIGHT = re.compile(r"(left|right) (\d+) deg, (\d+\.\d) m")
_MOST_REMEMBERED = 4000
_FARTHEST = 9.9


class LastCommands:
    """Draws them: consistent with what is seen now, and now and then not.

    In a run most last commands lead to where the robot is; but a robot is pushed, mistakes what it
    sees, or is told where it is by a model that was wrong. So some are of another frame altogether:
    what is in the picture must count for more than what was said before.

    Args:
        random_source: Of all draws.
    """

    def __init__(self, random_source: random.Random) -> None:
        self._random = random_source
        self._others: list[str] = []

    def remember(self, command: str) -> None:
        """Keeps a command of one frame as an inconsistent last one of others."""
        if len(self._others) < _MOST_REMEMBERED:
            self._others.append(command)
        else:
            self._others[self._random.randrange(_MOST_REMEMBERED)] = command

    def of_seen(self, name: str, command: str, *, may_be_first: bool) -> str:
        """Draws one before a command about what is in view; empty for none.

        Args:
            name: What it is called.
            command: What the expert says now.
            may_be_first: Whether there may have been no command before.
        """
        draw = self._random.random()
        if draw < 0.25 and may_be_first:
            return ""
        if draw < 0.5:
            return self.search(name)
        if draw < 0.8 or not self._others:
            return self.approach(name, command)
        return self._other(name)

    def of_unseen(self, name: str, *, may_be_first: bool) -> str:
        """Draws one before a command about what is not in view, or not there; as above."""
        draw = self._random.random()
        if draw < 0.15 and may_be_first:
            return ""
        if draw < 0.75 or not self._others:
            return self.search(name)
        return self._other(name)

    def search(self, name: str) -> str:
        """Draws a search that is under way: one turn to a whole one, to the left or right."""
        last = search_command(name)
        for _ in range(self._random.randrange(SEARCHES)):
            last = search_command(name, last)
        return last.text if self._random.random() < 0.6 else swapped(last.text)

    def approach(self, name: str, place: str) -> str:
        """Draws the walk or turn that ended where the robot is now.

        Args:
            name: What it walked to.
            place: Where that is now: a text with a sight, such as ``left 5 deg, 1.2 m``.
        """
        sight = _SIGHT.search(place)
        assert sight is not None, place
        bearing, distance = int(sight[2]) * (1 if sight[1] == "left" else -1), float(sight[3])
        draw = self._random
        if abs(bearing) <= 10 and draw.random() < _TURNED:
            # Where it is near, any turn comes alone.
            least = 20 if distance <= STOP_DISTANCE else _WALKS_TOWARDS
            turned = draw.choice((-1, 1)) * draw.randrange(least, 65, 5)
            slip = draw.choice((-1, 0, 0, 0, 1)) / 10
            was = min(max(distance + slip, 0.0), _FARTHEST)
            return f"{name}: {_side(turned)}, {was:.1f} m; turn {_side(turned)}."
        before = draw.choice((0, 0, *range(5 - _WALKS_TOWARDS, _WALKS_TOWARDS, 5)))
        longest = round(10 * LONGEST_WALK)
        walked = longest if distance > STANDOFF + 0.1 else draw.randint(1, longest)
        if abs(bearing) > 10 or draw.random() < 0.15:
            # Past something: out, along, and back towards it.
            walked = draw.randint(round(10 * SHORTEST_DETOUR), round(10 * LONGEST_DETOUR))
            aside = draw.choice((-1, 1)) * draw.choice((15, 30, 30, 30, 35, 45, 60, 90))
            back = -aside + draw.choice((0, 0, -10, -5, 5, 10))
            ahead = f"turn {_side(aside)}; walk {walked / 10:.1f} m"
            way = f"{ahead}; turn {_side(back)}" if back else ahead
        else:
            walk = f"walk {walked / 10:.1f} m"
            way = f"turn {_side(before)}; {walk}" if before else walk
        slip = draw.choice((-1, 0, 0, 0, 1)) / 10
        was = min(max(distance + walked / 10 + slip, 0.0), _FARTHEST)
        return f"{name}: {_side(before)}, {was:.1f} m; {way}."

    def _other(self, name: str) -> str:
        other = self._random.choice(self._others)
        return name + other[other.index(":") :]


def swapped(text: str) -> str:
    """Exchanges left and right in a text."""
    return text.replace("left", "\0").replace("right", "left").replace("\0", "right")


def reached(name: str, random_source: random.Random) -> str:
    """Draws the command that said that a step is reached, and that the next one follows."""
    angle = random_source.choice((0, 0, 5, 10, 15)) * random_source.choice((-1, 1))
    distance = random_source.choice((0.4, 0.5, 0.6, 0.6))
    return f"{name}: {_side(angle)}, {distance:.1f} m; next."


def _side(angle: int) -> str:
    return f"{'right' if angle < 0 else 'left'} {abs(angle)} deg"
