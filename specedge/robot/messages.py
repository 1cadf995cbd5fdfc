"""What the motion controller and its driver process tell each other."""

from __future__ import annotations

import math
from typing import TypeVar

import msgspec

from specedge.robot.codes import ReturnCode
from specedge.robot.errors import MessageMalformed
from specedge.robot.scan import Scan

CALLS = (
    "stop_move",
    "stand_up",
    "balance_stand",
    "stand_down",
    "sit",
    "rise_sit",
    "recovery_stand",
    "damp",
)
"""The calls that the driver makes; nothing else reaches the robot."""

REMOTE_DEADBAND = 0.1
"""How far a stick of the remote control, -1 to 1, may lie from its middle and count as let go."""


class Velocity(msgspec.Struct, frozen=True, tag="velocity"):
    """Drive so: m/s forward, m/s left, rad/s left.

    Attributes:
        deadline: Seconds of the machine's steady clock after which this is void.
    """

    x: float
    y: float
    yaw_rate: float
    deadline: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.x, self.y, self.yaw_rate, self.deadline))):
            raise ValueError(f"a velocity is made of numbers, unlike {self}")

    @property
    def zero(self) -> bool:
        """Whether this asks to stand still."""
        return self.x == self.y == self.yaw_rate == 0.0


class Release(msgspec.Struct, frozen=True, tag="release"):
    """Stop the robot once, and leave it to somebody else who drives it."""


class Call(msgspec.Struct, frozen=True, tag="call"):
    """Make one of `CALLS`."""

    name: str


class Close(msgspec.Struct, frozen=True, tag="close"):
    """Stop the robot and end."""


class RobotState(msgspec.Struct, frozen=True, tag="state"):
    """The newest report of the robot, in its odometry frame.

    Attributes:
        received: When it arrived at the driver, seconds of the steady clock.
        x: m.
        y: m.
        yaw: rad.
        vx: m/s along the body's x.
        vy: m/s along the body's y.
        yaw_rate: rad/s.
        state_code: See `specedge.robot.codes.StateCode`.
        z: m, of the base above the plane of the odometry.
        roll: rad.
        pitch: rad, positive when it looks down.
    """

    received: float
    x: float
    y: float
    yaw: float
    vx: float
    vy: float
    yaw_rate: float
    state_code: int
    z: float = 0.0
    roll: float = 0.0
    pitch: float = 0.0


class CallFailed(msgspec.Struct, frozen=True, tag="failed"):
    """A call did not return `specedge.robot.codes.ReturnCode.OK`, but this code."""

    name: str
    code: int

    def __str__(self) -> str:
        known = {code.value: code.name.lower().replace("_", " ") for code in ReturnCode}
        return f"robot refused {self.name}: {known.get(self.code, 'unknown')} ({self.code})"


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """Why the robot cannot be reached or does not obey; an empty text when that has passed."""

    text: str


class RemoteMoved(msgspec.Struct, frozen=True, tag="remote"):
    """Somebody uses the robot's own remote control.

    Attributes:
        received: When that was heard, seconds of the steady clock.
        control: What is in use, such as ``left stick at 0.40``.
    """

    received: float
    control: str


class Heartbeat(msgspec.Struct, frozen=True, tag="heartbeat"):
    """The driver lives; sent when there is nothing else to tell."""


Down = Velocity | Release | Call | Close
Up = RobotState | Scan | CallFailed | Fault | RemoteMoved | Heartbeat

_Message = TypeVar("_Message")

_DOWN = msgspec.msgpack.Decoder(Down)
_UP = msgspec.msgpack.Decoder(Up)


def encode(message: Down | Up) -> bytes:
    """Returns the bytes of a message."""
    return msgspec.msgpack.encode(message)


def decode_down(payload: bytes) -> Down:
    """Reads a message to the driver.

    Raises:
        MessageMalformed: it is none.
    """
    return _decode(_DOWN, payload)


def decode_up(payload: bytes) -> Up:
    """Reads a message from the driver.

    Raises:
        MessageMalformed: it is none.
    """
    return _decode(_UP, payload)


def _decode(decoder: msgspec.msgpack.Decoder[_Message], payload: bytes) -> _Message:
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageMalformed(
            f"a message between node and driver cannot be read ({error}); "
            "both must be the same release"
        ) from error
