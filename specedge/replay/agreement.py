"""Whether two commands say the same, to the letter or in what the robot would do."""

from __future__ import annotations

import math
from collections.abc import Sequence

from specedge.commands import Action, CommandError, parse, render_action
from specedge.replay.records import ActionRecord, Agreement

ANGLE_TOLERANCE = math.radians(10.0)
"""Two steps in which commands speak of angles; less than a model's own error."""
DISTANCE_TOLERANCE = 0.2
"""Metres."""

_TOLERANCES = {"turn": ANGLE_TOLERANCE, "walk": DISTANCE_TOLERANCE, "sidestep": DISTANCE_TOLERANCE}
_ROUNDING = 1e-6

EXACT, ACTION, NO = "exact", "action", "no"
"""Values of `specedge.replay.records.TurnRecord.agrees`."""


def action_record(action: Action) -> ActionRecord:
    """Returns an action as records hold it."""
    return ActionRecord(
        action.kind.name.lower(), action.amount, action.reason, render_action(action)
    )


def actions_of(text: str) -> tuple[ActionRecord, ...]:
    """Returns the actions of a command's text; none of a text that is no command."""
    try:
        return tuple(map(action_record, parse(text).actions))
    except CommandError:
        return ()


def compare(
    text: str, actions: Sequence[ActionRecord], other: str, others: Sequence[ActionRecord]
) -> str:
    """Returns `EXACT`, `ACTION` or `NO` for two commands, each given by text and actions."""
    if text == other:
        return EXACT
    if not actions or len(actions) != len(others):
        return NO
    same = all(_close(one, two) for one, two in zip(actions, others, strict=True))
    return ACTION if same else NO


def _close(one: ActionRecord, two: ActionRecord) -> bool:
    if (one.kind, one.reason) != (two.kind, two.reason):
        return False
    return abs(one.amount - two.amount) <= _TOLERANCES.get(one.kind, 0.0) + _ROUNDING


class AgreementCount:
    """Counts comparisons."""

    def __init__(self) -> None:
        self._counts = {EXACT: 0, ACTION: 0, NO: 0}

    def add(self, outcome: str) -> None:
        """Takes what `compare` returned."""
        self._counts[outcome] += 1

    def result(self) -> Agreement:
        """Returns the shares."""
        compared = sum(self._counts.values())
        if not compared:
            return Agreement()
        exact = self._counts[EXACT]
        return Agreement(compared, exact / compared, (exact + self._counts[ACTION]) / compared)
