"""A recording of this stack, made of its own messages without running it."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from specedge.commands import Context, parse
from specedge.nodes import topics
from specedge.ros.definitions import typestore
from specedge.stack.bag import Bag
from tests.replay.deciding import command_for
from tests.replay.writing import SECOND, picture

STORE = typestore()
START = 1_700_000_000 * SECOND
GOAL_ID = "g1"
GOAL = "go to the red chair"
FRAMES_PER_TURN = 5
DRAFTED, VERIFIED = 0, 1


def make(name: str, **fields: Any) -> Any:
    return STORE.types[name](**fields)


def time(moment: int) -> Any:
    return make("builtin_interfaces/msg/Time", sec=moment // SECOND, nanosec=moment % SECOND)


def header(moment: int) -> Any:
    return make("std_msgs/msg/Header", stamp=time(moment), frame_id="base_link")


def twist(x: float) -> Any:
    zero = make("geometry_msgs/msg/Vector3", x=0.0, y=0.0, z=0.0)
    ahead = make("geometry_msgs/msg/Vector3", x=x, y=0.0, z=0.0)
    return make("geometry_msgs/msg/Twist", linear=ahead, angular=zero)


@dataclass
class OwnRun:
    """A run of as many turns as asked for; what the models say is `command_for`.

    Attributes:
        spoils: Texts by turn that the recording has in place of what was said.
        drops: Turns whose frame is not in the bag.
        cut_short: Turns whose command is not complete.
        driven: Actions by turn that were driven in place of those of the command.
    """

    folder: Path
    turns: int = 4
    temperature: float = 0.5
    spoils: dict[int, str] = field(default_factory=dict)
    drops: frozenset[int] = frozenset()
    cut_short: frozenset[int] = frozenset()
    driven: dict[int, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def write(self) -> Path:
        """Writes the run folder and returns it."""
        self.folder.mkdir()
        context = Context(GOAL)
        moments = itertools.count(START, SECOND // 10)
        with Bag(self.folder / "bag", topics.TYPES, topics.TRANSIENT_LOCAL, STORE) as bag:
            self._bag = bag
            self._say(topics.GOAL, next(moments), make("std_msgs/msg/String", data=GOAL))
            for turn in range(1, self.turns + 1):
                for number in range(FRAMES_PER_TURN):
                    moment = next(moments)
                    last = number == FRAMES_PER_TURN - 1
                    if not (last and turn in self.drops):
                        self._image(moment, turn * FRAMES_PER_TURN + number)
                jpeg = picture(turn * FRAMES_PER_TURN + FRAMES_PER_TURN - 1)
                text = command_for(jpeg, context, turn, self.temperature)
                text = self.spoils.get(turn, text)
                text = text.rpartition(";")[0] if turn in self.cut_short else text
                self._turn(turn, moment, context, text)
                self.texts.append(text)
                context = Context(GOAL, text, "blocked")
        self.summarise({})
        return self.folder

    def summarise(self, content: dict[str, Any]) -> None:
        """Writes summary.json."""
        (self.folder / "summary.json").write_text(json.dumps(content))

    def _turn(self, turn: int, frame: int, context: Context, text: str) -> None:
        complete = turn not in self.cut_short
        after = frame + SECOND // 100
        for kind in (DRAFTED, VERIFIED):
            self._say(
                topics.TOKENS,
                after,
                make(
                    topics.TYPES[topics.TOKENS],
                    header=header(frame),
                    turn=turn,
                    position=0,
                    kind=kind,
                    ids=np.array([7], np.uint32),
                    texts=[text],
                    sources=np.array([0], np.uint8),
                    exit_layer=-1,
                ),
            )
        actions = parse(text if complete else f"{text}.").actions
        fields = {
            "header": header(frame),
            "goal_id": GOAL_ID,
            "goal": GOAL,
            "turn": turn,
            "text": text,
            "complete": complete,
            "expires": time(after + SECOND),
            "mode": "cloud",
            "seed": turn,
            "temperature": self.temperature,
            "last_command": context.last_command,
            "last_outcome": context.outcome,
        }
        said = [
            make("specedge_msgs/msg/Action", kind=a.kind.value, amount=a.amount, reason=a.reason)
            for a in actions
        ]
        self._say(topics.COMMAND, after, make(topics.TYPES[topics.COMMAND], actions=said, **fields))
        driven = self.driven.get(turn, text.split("; ")[1].rstrip("."))
        for step in range(3):
            self._motion(after + step * SECOND // 50, turn, driven, ["speed: 0.9 cut to 0.5"])
        self._motion(after + 3 * SECOND // 50, turn, "", [])

    def _motion(self, moment: int, turn: int, action: str, limits: list[str]) -> None:
        fields = {
            "header": header(moment),
            "state": "moving" if action else "ready",
            "goal_id": GOAL_ID,
            "turn": turn,
            "action": action,
            "progress": 0.5,
            "requested": twist(0.9 if action else 0.0),
            "commanded": twist(0.5 if action else 0.0),
            "limits": limits,
            "finished_turn": 0 if action else turn,
            "outcome": "" if action else "blocked",
            "live": False,
            "dry_run": True,
            "estop": False,
        }
        self._say(topics.MOTION, moment, make(topics.TYPES[topics.MOTION], **fields))

    def _image(self, moment: int, shade: int) -> None:
        data = np.frombuffer(picture(shade), np.uint8)
        message = make(topics.TYPES[topics.IMAGE], header=header(moment), format="jpeg", data=data)
        self._say(topics.IMAGE, moment, message)

    def _say(self, topic: str, moment: int, message: Any) -> None:
        data = STORE.serialize_cdr(message, message.__msgtype__)
        self._bag.write(topic, moment, bytes(data))
