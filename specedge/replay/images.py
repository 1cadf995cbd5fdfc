"""Image messages to JPEG, which is what the models are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from specedge.camera import jpeg
from specedge.replay.errors import BadImage

JPEG_QUALITY = 95
_JPEG = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
_PNG = b"\x89PNG\r\n\x1a\n"

Pixels = NDArray[np.uint8]


def _same(pixels: Pixels) -> Pixels:
    return pixels


def _converted(code: int) -> Callable[[Pixels], Pixels]:
    return lambda pixels: cv2.cvtColor(pixels, code)


# Bytes per channel, channels, and the way to BGR or grey. Names: sensor_msgs/image_encodings.hpp.
# OpenCV names a Bayer pattern by its second row and column, ROS by its first.
_ENCODINGS: dict[str, tuple[int, int, Callable[[Pixels], Pixels]]] = {
    "bgr8": (1, 3, _same),
    "8UC3": (1, 3, _same),
    "rgb8": (1, 3, _converted(cv2.COLOR_RGB2BGR)),
    "bgra8": (1, 4, _converted(cv2.COLOR_BGRA2BGR)),
    "8UC4": (1, 4, _converted(cv2.COLOR_BGRA2BGR)),
    "rgba8": (1, 4, _converted(cv2.COLOR_RGBA2BGR)),
    "mono8": (1, 1, _same),
    "8UC1": (1, 1, _same),
    "mono16": (2, 1, _same),
    "16UC1": (2, 1, _same),
    "bgr16": (2, 3, _same),
    "rgb16": (2, 3, _converted(cv2.COLOR_RGB2BGR)),
    "yuv422": (1, 2, _converted(cv2.COLOR_YUV2BGR_UYVY)),
    "uyvy": (1, 2, _converted(cv2.COLOR_YUV2BGR_UYVY)),
    "yuv422_yuy2": (1, 2, _converted(cv2.COLOR_YUV2BGR_YUY2)),
    "yuyv": (1, 2, _converted(cv2.COLOR_YUV2BGR_YUY2)),
    **{
        f"bayer_{pattern}{8 * size}": (size, 1, _converted(code))
        for size in (1, 2)
        for pattern, code in (
            ("rggb", cv2.COLOR_BayerBG2BGR),
            ("bggr", cv2.COLOR_BayerRG2BGR),
            ("gbrg", cv2.COLOR_BayerGR2BGR),
            ("grbg", cv2.COLOR_BayerGB2BGR),
        )
    },
}


def to_jpeg(message: Any, topic: str, frame: int) -> bytes:
    """Returns the picture of a sensor_msgs/Image or CompressedImage.

    A JPEG picture is returned as it is, byte for byte.

    Args:
        message: As rosbags gives it.
        topic, frame: Where it is from, for the error.

    Raises:
        BadImage: it holds no picture; the message names topic and frame.
    """
    try:
        return _compressed(message) if hasattr(message, "format") else _raw(message)
    except (BadImage, jpeg.NotAPicture) as error:
        raise BadImage(f"{topic}, frame {frame}: {error}") from error


def _compressed(message: Any) -> bytes:
    data = bytes(message.data)
    if not data:
        raise BadImage("the picture is empty")
    if data.startswith(_JPEG):
        if 0 in jpeg.size(data):
            raise BadImage("the JPEG picture has no pixels")
        if _JPEG_END not in data:
            raise BadImage(f"the JPEG picture breaks off after {len(data)} bytes")
        return data
    if data.startswith(_PNG):
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            raise BadImage("the PNG picture is damaged")
        return _encoded(pixels)
    raise BadImage(f"a picture of format {message.format!r} is neither JPEG nor PNG")


def _raw(message: Any) -> bytes:
    width, height, step = int(message.width), int(message.height), int(message.step)
    encoding: str = message.encoding
    if width == 0 or height == 0:
        raise BadImage(f"the picture is {width}x{height} pixels, which is none")
    if encoding not in _ENCODINGS:
        known = ", ".join(_ENCODINGS)
        raise BadImage(f"encoding {encoding!r} is not one of {known}")
    size, channels, convert = _ENCODINGS[encoding]
    row = width * channels * size
    if step < row:
        raise BadImage(f"a row of {width} pixels in {encoding} is {row} bytes, but step is {step}")
    if len(message.data) < step * height:
        raise BadImage(
            f"{height} rows of {step} bytes are {step * height}, "
            f"but there are {len(message.data)} bytes"
        )
    _check_pattern(encoding, width, height)
    # Rows may be padded; what stands behind the last pixel of a row is nothing.
    rows = np.frombuffer(bytes(message.data), np.uint8, step * height).reshape(height, step)
    pixels = np.ascontiguousarray(rows[:, :row])
    if size == 2:
        order = ">u2" if message.is_bigendian else "<u2"
        pixels = (pixels.view(order) >> 8).astype(np.uint8)
    return _encoded(convert(pixels.reshape(height, width, channels)))


def _check_pattern(encoding: str, width: int, height: int) -> None:
    """Checks that colours which are spread over several pixels have all of them."""
    paired = encoding.startswith(("yuv", "uyvy", "yuyv"))
    patterned = encoding.startswith("bayer")
    if (paired or patterned) and width % 2:
        raise BadImage(f"a picture in {encoding} cannot be {width} pixels wide: they come in pairs")
    if patterned and (width < 4 or height < 4 or height % 2):
        raise BadImage(f"a picture in {encoding} cannot be {width}x{height} pixels")


def _encoded(pixels: Pixels) -> bytes:
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise BadImage("the picture cannot be written as JPEG")
    return bytes(data)
