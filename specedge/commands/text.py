"""Commands to text; the inverse of `specedge.commands.parser`."""

from __future__ import annotations

import math

from specedge.commands.actions import STEP_DEGREES, Action, ActionKind, Command, Sight


def degrees(radians: float) -> int:
    """Rounds an angle to the steps in which commands speak of it."""
    return STEP_DEGREES * round(math.degrees(radians) / STEP_DEGREES)


def _side(amount: float) -> str:
    return "right" if amount < 0 else "left"


def render_sight(sight: Sight | None) -> str:
    """Returns the part of a command before its first action."""
    if sight is None:
        return "order"
    if sight.searched is not None:
        return f"{sight.name}: not seen in {degrees(sight.searched)} deg"
    assert sight.bearing is not None
    assert sight.distance is not None
    angle = degrees(sight.bearing)
    return f"{sight.name}: {_side(angle)} {abs(angle)} deg, {sight.distance:.1f} m"


def render_action(action: Action) -> str:
    """Returns the text of one action."""
    amount = action.amount
    if action.kind is ActionKind.TURN:
        return f"turn {_side(amount)} {abs(degrees(amount))} deg"
    if action.kind is ActionKind.WALK:
        return f"{'walk' if amount > 0 else 'back'} {abs(amount):.1f} m"
    if action.kind is ActionKind.SIDESTEP:
        return f"sidestep {_side(amount)} {abs(amount):.1f} m"
    if action.kind is ActionKind.CANNOT:
        return f"cannot: {action.reason}"
    return action.kind.name.lower().replace("_", " ")


def render(command: Command) -> str:
    """Returns the text of a command, whatever text it was read from."""
    parts = [render_sight(command.sight), *map(render_action, command.actions)]
    return "; ".join(parts) + "."
