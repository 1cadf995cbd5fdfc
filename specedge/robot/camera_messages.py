"""What the camera process tells the camera node."""

from __future__ import annotations

import msgspec

from specedge.robot.errors import MessageMalformed


class CameraFrame(msgspec.Struct, frozen=True, tag="frame"):
    """One picture of the front camera.

    The stamps are of the moment before the picture was asked for: it is never older.

    Attributes:
        captured: Seconds of the machine's steady clock.
        captured_wall: Seconds since the epoch.
        jpeg: The picture as the robot sent it.
    """

    captured: float
    captured_wall: float
    jpeg: bytes


class CameraFault(msgspec.Struct, frozen=True, tag="fault"):
    """Why there was no picture."""

    text: str


CameraMessage = CameraFrame | CameraFault
_DECODER = msgspec.msgpack.Decoder(CameraMessage)


def decode(payload: bytes) -> CameraMessage:
    """Reads a message of the camera process.

    Raises:
        MessageMalformed: it is none.
    """
    try:
        message: CameraMessage = _DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageMalformed(
            f"a message of the camera process cannot be read ({error}); "
            "node and process must be the same release"
        ) from error
    return message
