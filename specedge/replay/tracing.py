"""Leads each motion of a recorded run back to its command, frame and tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specedge.edge.decoder import TokenKind, TokenSource
from specedge.edge.modes import find_mode
from specedge.nodes import topics
from specedge.replay.bags import NANOSECONDS, Bag
from specedge.replay.motion_traces import Drives
from specedge.replay.recorded import frame_key
from specedge.replay.trace_records import MotionTrace, TokenTrace, TurnTrace

Key = tuple[str, int]
"""Goal and turn."""


class Tracer:
    """Reads a recording once and explains what the robot did.

    Args:
        bag: A recording of this stack.
        image_topic: Of the camera that the commands were decided on.

    Attributes:
        motions: Number of actions that were driven.
        untraced: What could not be led back, one line each.
    """

    def __init__(self, bag: Bag, image_topic: str) -> None:
        self.motions = 0
        self.untraced: list[str] = []
        self._commands: dict[Key, Any] = {}
        self._tokens: dict[int, _Tokens] = {}
        self._figures: dict[Key, Any] = {}
        self._drives = Drives()
        self._frames: dict[int, int] = {}
        self._read(bag, image_topic)

    def traces(self) -> tuple[TurnTrace, ...]:
        """Returns every command in the order of the recording."""
        driven = self._drives.by_turn()
        self.motions = sum(map(len, driven.values()))
        for key, motions in driven.items():
            self._check_motions(key, motions)
        return tuple(self._trace(key, driven) for key in self._commands)

    def _read(self, bag: Bag, image_topic: str) -> None:
        wanted = (image_topic, topics.COMMAND, topics.TOKENS, topics.STATUS, topics.MOTION)
        number = -1
        for entry in bag.messages(wanted):
            message = entry.read()
            if entry.topic == image_topic:
                number += 1
                self._frames[frame_key(*_stamp(message))] = number
            elif entry.topic == topics.COMMAND:
                self._commands[message.goal_id, message.turn] = message
            elif entry.topic == topics.TOKENS:
                tokens = self._tokens.setdefault(_nanoseconds(message), _Tokens())
                tokens.take(message, entry.received / NANOSECONDS)
            elif entry.topic == topics.STATUS and message.state == "acting":
                self._figures[message.goal_id, message.turn] = message
            elif entry.topic == topics.MOTION:
                self._drives.take(message)

    def _trace(self, key: Key, driven: Mapping[Key, list[MotionTrace]]) -> TurnTrace:
        command = self._commands[key]
        stamp = _nanoseconds(command)
        tokens = self._tokens[stamp].traces() if stamp in self._tokens else ()
        frame = self._frames.get(stamp)
        if command.mode:
            self._check_command(command, frame, tokens)
        return TurnTrace(
            turn=command.turn,
            goal_id=command.goal_id,
            goal=command.goal,
            frame=frame,
            stamp=stamp / NANOSECONDS,
            mode=command.mode,
            text=command.text,
            complete=command.complete,
            seed=command.seed,
            temperature=command.temperature,
            last_command=command.last_command,
            last_outcome=command.last_outcome,
            **self._decoding(key, command.mode),
            tokens=tokens,
            motions=tuple(driven.get(key, ())),
            outcome=self._drives.outcomes.get(key, ""),
        )

    def _decoding(self, key: Key, mode: str) -> dict[str, Any]:
        told = self._figures.get(key)
        if told is None:
            return {}
        drafts = find_mode(mode).needs_draft and find_mode(mode).needs_verifier
        return {
            "latency_ms": 1000.0 * told.latency,
            "first_action_ms": 1000.0 * told.first_action_latency,
            "acceptance": told.acceptance if drafts else None,
            "target_passes": told.target_passes,
        }

    def _check_command(
        self, command: Any, frame: int | None, tokens: tuple[TokenTrace, ...]
    ) -> None:
        if frame is None:
            self.untraced.append(f"turn {command.turn}: its frame is not in the bag")
        said = "".join(token.text for token in tokens)
        if not said.startswith(command.text):
            self.untraced.append(
                f"turn {command.turn}: its verified tokens say {said!r}, "
                f"its command {command.text!r}"
            )

    def _check_motions(self, key: Key, motions: list[MotionTrace]) -> None:
        command = self._commands.get(key)
        for motion in motions:
            if command is None:
                self.untraced.append(
                    f"'{motion.action}' was driven for turn {key[1]} of goal {key[0] or '-'}, "
                    "whose command is not in the bag"
                )
            elif motion.action not in command.text:
                self.untraced.append(
                    f"turn {key[1]}: '{motion.action}' was driven, but its command is "
                    f"'{command.text}'"
                )


class _Tokens:
    """The tokens of one turn."""

    def __init__(self) -> None:
        self._verified: dict[int, TokenTrace] = {}
        self._drafted: dict[int, list[tuple[str, int]]] = {}

    def take(self, message: Any, received: float) -> None:
        for offset, (number, text, source) in enumerate(
            zip(message.ids, message.texts, message.sources, strict=True)
        ):
            position = message.position + offset
            if message.kind == TokenKind.VERIFIED.value:
                self._verified[position] = TokenTrace(
                    position=position,
                    id=int(number),
                    text=text,
                    source=TokenSource(int(source)).name.lower(),
                    **self._before(position, text),
                    time=received,
                )
            elif message.kind == TokenKind.DRAFTED.value:
                self._drafted.setdefault(position, []).append((text, message.exit_layer))

    def traces(self) -> tuple[TokenTrace, ...]:
        return tuple(self._verified[position] for position in sorted(self._verified))

    def _before(self, position: int, text: str) -> dict[str, Any]:
        drafted = self._drafted.get(position, [])
        layers = [layer for guess, layer in drafted if guess == text]
        wrong = dict.fromkeys(guess for guess, _ in drafted if guess != text)
        return {
            "drafted": bool(layers),
            "rejected": tuple(wrong),
            "exit_layer": max(layers, default=-1),
        }


def _stamp(message: Any) -> tuple[int, int]:
    return message.header.stamp.sec, message.header.stamp.nanosec


def _nanoseconds(message: Any) -> int:
    sec, nanosec = _stamp(message)
    return sec * NANOSECONDS + nanosec
