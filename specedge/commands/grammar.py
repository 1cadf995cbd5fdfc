"""The grammar of commands, as the decoder's mask (llguidance) and the parser read it."""

from __future__ import annotations

from specedge.commands.actions import (
    CANNOT_REASONS,
    LARGEST_BEARING_DEGREES,
    LARGEST_SEARCH_DEGREES,
    LARGEST_TURN_DEGREES,
    LONGEST_SIDESTEP_DECIMETRES,
    LONGEST_STEP_BACK_DECIMETRES,
    LONGEST_WALK_DECIMETRES,
    MOST_ACTIONS,
    STEP_DEGREES,
)

GRAMMAR_VERSION = "2"
"""Changes whenever a text that one version allows is read otherwise, or not at all, by another."""

LONGEST_DISTANCE_DECIMETRES = 99


def _degrees(first: int, last: int) -> str:
    return "(" + "|".join(str(value) for value in range(first, last + 1, STEP_DEGREES)) + ")"


def _metres(longest_decimetres: int, shortest_decimetres: int = 1) -> str:
    """A regular expression for metres with one decimal, grouped by the whole metre."""
    groups = []
    for whole in range(longest_decimetres // 10 + 1):
        low = shortest_decimetres if whole == 0 else 0
        high = min(9, longest_decimetres - 10 * whole)
        groups.append(f"{whole}\\.[{low}-{high}]")
    return "(" + "|".join(groups) + ")"


MOST_NAME_WORDS = 4
"""Words of the longest name of what is looked for."""

# Words end: a model that babbles must come to a command, whatever it has learnt.
NAME = f"[a-z]{{1,16}}( [a-z]{{1,16}}){{0,{MOST_NAME_WORDS - 1}}}"
BEARING = f"(left|right) {_degrees(0, LARGEST_BEARING_DEGREES)} deg"
DISTANCE = f"{_metres(LONGEST_DISTANCE_DECIMETRES, 0)} m"
SEARCHED = f"not seen in {_degrees(0, LARGEST_SEARCH_DEGREES)} deg"
SIGHT = f"({NAME}: ({BEARING}, {DISTANCE}|{SEARCHED})|order)"
ACTION = "({})".format(
    "|".join(
        (
            f"turn (left|right) {_degrees(STEP_DEGREES, LARGEST_TURN_DEGREES)} deg",
            f"walk {_metres(LONGEST_WALK_DECIMETRES)} m",
            f"back {_metres(LONGEST_STEP_BACK_DECIMETRES)} m",
            f"sidestep (left|right) {_metres(LONGEST_SIDESTEP_DECIMETRES)} m",
            "stop",
            "stand",
            "sit",
            "look around",
            "done",
            "next",
            f"cannot: ({'|'.join(CANNOT_REASONS)})",
        )
    )
)
COMMAND = f"{SIGHT}; {ACTION}(; {ACTION}){{0,{MOST_ACTIONS - 1}}}\\."
"""The whole language as one regular expression."""


def grammar() -> str:
    """Returns the Lark source that llguidance compiles into a token mask."""
    escaped = COMMAND.replace("/", "\\/")
    return f"start: /{escaped}/\n"
