"""How patiently a goal is pursued."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from specedge.errors import SpecedgeError


class MissionSettingError(SpecedgeError):
    """A setting of a mission is no positive number."""


@dataclass(frozen=True)
class MissionSettings:
    """All times in seconds.

    Attributes:
        turns: Turns after which a goal is given up.
        repeats: Times that one command follows the same one before a goal is given up: a robot that
            turns to and fro for ever says the same each time.
        failures: Decodes that may fail one after the other before a goal is given up.
        frame_age: Age up to which a frame is decided on.
        frame_patience: How long to wait for a frame before the goal is given up.
        robot_patience: How long to wait for a robot that can walk.
        verifier_patience: How long to wait for a verifier that is not there.
        decode_limit: Longest decode; a later command is void.
        action_limit: Longest time for which one command is carried out.
        command_lifetime: Time for a command to reach the motion controller and begin.
        motion_silence: Silence of the motion controller that counts as its loss.
        temperature: Of the choice of tokens; 0 takes the likeliest until the robot goes in circles.
        seed: Of the noise at temperatures above 0.
    """

    turns: int = 60
    repeats: int = 6
    failures: int = 5
    frame_age: float = 1.0
    frame_patience: float = 20.0
    robot_patience: float = 60.0
    verifier_patience: float = 60.0
    decode_limit: float = 30.0
    action_limit: float = 90.0
    command_lifetime: float = 1.0
    motion_silence: float = 1.0
    temperature: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            may_be_zero = field.name in ("temperature", "seed")
            if not (math.isfinite(value) and (value > 0 or (may_be_zero and value == 0))):
                raise MissionSettingError(f"{field.name} is {value}; give a positive number")
