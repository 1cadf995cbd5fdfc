"""What a model is told: a fixed text before the image, and the goal after it."""

from __future__ import annotations

from dataclasses import dataclass

OUTCOMES = ("", "ok", "blocked", "stopped", "refused")
"""How the last command ended; empty before the first."""

SYSTEM_TEXT = (
    "You steer a quadruped robot. The picture is its front camera. Answer with one command: "
    "what you look for and where you see it, then one to three actions. Examples: "
    "'red chair: left 25 deg, 2.5 m; turn left 25 deg; walk 1.5 m.' "
    "'red chair: not seen in 45 deg; turn left 45 deg.' "
    "'red chair: right 5 deg, 0.6 m; done.' "
    "'blue ball: left 0 deg, 0.6 m; next.' "
    "'red chair: not seen in 360 deg; cannot: not found.' "
    "'order; sit.' "
    "Actions: turn left or right N deg (5 to 180), walk M m (0.1 to 2.0), back M m, "
    "sidestep left or right M m (0.1 to 1.0), stop, stand, sit, look around, done, next, "
    "cannot: not found, blocked, unclear or unsafe. "
    "Say done within 0.7 m of it and facing it; turn on the spot to search. When the goal names "
    "something to reach afterwards, say next instead: the last command then tells you that the "
    "first is reached."
)
"""The fixed prompt of large models; the verifier keeps its KV cache for all turns."""


@dataclass(frozen=True)
class Context:
    """What a turn knows besides the frame.

    Attributes:
        goal: The sentence that the robot was told.
        last_command: Text of the previous command for the same goal; empty at first.
        outcome: How that command ended, one of `OUTCOMES`.
    """

    goal: str
    last_command: str = ""
    outcome: str = ""

    def __post_init__(self) -> None:
        if not self.goal.strip():
            raise ValueError("a goal is a sentence, not an empty text")
        if not is_text(self.goal):
            raise ValueError("a goal is a text that UTF-8 can tell")
        if self.outcome not in OUTCOMES:
            raise ValueError(f"an outcome is one of {OUTCOMES}, not {self.outcome!r}")


def is_text(text: str) -> bool:
    """Whether UTF-8 can tell a text; a command line may have bytes that are none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def user_text(context: Context) -> str:
    """Returns the text that follows the image in the prompt."""
    goal = " ".join(context.goal.split())
    last = _without_old_sight(context.last_command) or "none"
    ended = f" ({context.outcome})" if context.outcome not in ("", "ok") else ""
    return f"last: {last}{ended}\ngoal: {goal}"


def _without_old_sight(command: str) -> str:
    # Where a reached thing was says nothing of the next one, but small models copy it.
    name, colon, rest = command.partition(":")
    return f"{name}: next." if colon and rest.endswith("; next.") else command
