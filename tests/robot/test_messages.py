from __future__ import annotations

import math

import msgspec
import pytest

from specedge.robot.errors import MessageMalformed
from specedge.robot.messages import (
    Call,
    CallFailed,
    Close,
    Down,
    Fault,
    Heartbeat,
    RobotState,
    Up,
    Velocity,
    decode_down,
    decode_up,
    encode,
)
from specedge.robot.scan import Scan


@pytest.mark.parametrize(
    "message", [Velocity(0.1, -0.2, 0.3, 12.5), Call("stand_up"), Close()], ids=repr
)
def test_what_goes_down_arrives_as_it_was(message: Down) -> None:
    assert decode_down(encode(message)) == message


@pytest.mark.parametrize(
    "message",
    [
        RobotState(1.0, 2.0, 3.0, 0.5, 0.1, 0.0, 0.2, 1013),
        Scan(1.0, bytes(range(24))),
        CallFailed("stand_up", 3104),
        Fault("no sport service"),
        Heartbeat(),
    ],
    ids=repr,
)
def test_what_goes_up_arrives_as_it_was(message: Up) -> None:
    assert decode_up(encode(message)) == message


@pytest.mark.parametrize("payload", [b"", b"junk", encode(Heartbeat())])
def test_what_is_no_message_to_the_driver_is_refused(payload: bytes) -> None:
    with pytest.raises(MessageMalformed, match="same release"):
        decode_down(payload)


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_a_velocity_that_is_no_number_never_reaches_the_robot(x: float) -> None:
    with pytest.raises(ValueError, match="numbers"):
        Velocity(x, 0.0, 0.0, 1.0)
    smuggled = {"type": "velocity", "x": x, "y": 0.0, "yaw_rate": 0.0, "deadline": 1.0}
    with pytest.raises(MessageMalformed):
        decode_down(msgspec.msgpack.encode(smuggled))
