"""What the live view knows: the newest of everything that the topics told."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from specedge.commands import CommandError, parse
from specedge.edge.decoder import TokenKind, TokenSource
from specedge.edge.token_line import TokenLine
from specedge.nodes.topics import COMMAND, MOTION, STATUS, TOKENS
from specedge.stack import words
from specedge.stack.summary import WITHOUT_DRAFTS, identity

TURNS_SHOWN = 6
FINAL_STATES = ("reached", "cannot", "cancelled", "failed")
"""States of specedge_msgs/Status in which a goal has ended."""


@dataclass(frozen=True)
class TurnLine:
    """One decoded command, for the table of the last turns; times in seconds."""

    turn: int
    text: str
    latency: float
    first_action: float
    acceptance: float
    passes: int
    outcome: str = ""


@dataclass
class Scene:
    """The state of a run as far as the topics told it.

    `take` returns what is worth a line where nothing can be redrawn.
    """

    goal: str = ""
    mode: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    aim: str = "nothing seen yet"
    state: str = "starting"
    detail: str = ""
    tokens: TokenLine = field(default_factory=TokenLine)
    token_turn: int = 0
    robot: str = "starting"
    action: str = ""
    progress: float = 0.0
    limits: tuple[str, ...] = ()
    turns: deque[TurnLine] = field(default_factory=lambda: deque(maxlen=TURNS_SHOWN))
    finished_turn: int = 0
    decode: tuple[float, float, str] = (0.0, 0.0, "")

    def part(self, name: str, state: str) -> str:
        """Takes the progress of one process."""
        self.parts[name] = state
        return f"{name}: {state}"

    def take(self, topic: str, message: Any) -> list[str]:
        """Takes one message and returns the lines that tell it."""
        if topic == TOKENS:
            return self._take_tokens(message)
        if topic == COMMAND:
            return self._take_command(message)
        if topic == STATUS:
            return self._take_status(message)
        if topic == MOTION:
            return self._take_motion(message)
        return []

    def _take_tokens(self, message: Any) -> list[str]:
        if message.turn != self.token_turn:
            self.token_turn = message.turn
            self.tokens = TokenLine()
        sources = [_name(TokenSource, source) for source in message.sources]
        self.tokens.take(
            _name(TokenKind, message.kind), int(message.position), message.texts, sources
        )
        return []

    def _take_command(self, message: Any) -> list[str]:
        if not message.complete:
            return []
        try:
            self.aim = words.aim(parse(message.text).sight)
        except CommandError:
            return []  # a stop that vlm_node issued itself
        return [f"turn {message.turn}: {message.text}  [{self.aim}]"]

    def _take_status(self, message: Any) -> list[str]:
        lines = []
        if (message.state, message.detail) != (self.state, self.detail):
            detail = f" ({message.detail})" if message.detail else ""
            lines.append(f"state: {message.state}{detail}")
        self.state, self.detail = message.state, message.detail
        self.goal = message.goal or self.goal
        self.mode = message.mode or self.mode
        if message.text and identity(message) != self.decode:
            self.decode = identity(message)
            line = TurnLine(
                message.turn,
                message.text,
                message.latency,
                message.first_action_latency,
                math.nan if message.mode in WITHOUT_DRAFTS else message.acceptance,
                message.target_passes,
            )
            self.turns.append(line)
            lines.append(
                f"  decoded in {words.seconds(line.latency)}, first action after "
                f"{words.seconds(line.first_action)}, {line.passes} target passes"
                + (
                    ""
                    if math.isnan(line.acceptance)
                    else f", {words.percent(line.acceptance)} of drafts accepted"
                )
            )
        return lines

    def _take_motion(self, message: Any) -> list[str]:
        lines = []
        if message.state != self.robot:
            lines.append(f"robot: {message.state}")
        if message.action and message.action != self.action:
            lines.append(f"  doing: {message.action}")
        limits = tuple(message.limits)
        lines += [f"  limit: {limit}" for limit in limits if limit not in self.limits]
        if message.finished_turn > self.finished_turn:
            self.finished_turn = message.finished_turn
            lines.append(f"  turn {message.finished_turn} ended: {message.outcome}")
            self._note_outcome(message.finished_turn, message.outcome)
        self.robot, self.action, self.limits = message.state, message.action, limits
        self.progress = message.progress
        return lines

    def _note_outcome(self, turn: int, outcome: str) -> None:
        for index, line in enumerate(self.turns):
            if line.turn == turn:
                self.turns[index] = TurnLine(
                    line.turn,
                    line.text,
                    line.latency,
                    line.first_action,
                    line.acceptance,
                    line.passes,
                    outcome,
                )


def _name(kind: type[TokenKind] | type[TokenSource], value: int) -> str:
    try:
        return kind(int(value)).name.lower()
    except ValueError:
        return ""  # a source or kind that a later release may know
