"""Every common encoding becomes a JPEG picture of the same colours; what is none is named."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from specedge.replay.errors import BadImage
from specedge.replay.images import to_jpeg
from tests.replay.writing import ROS2, compressed, picture, raw

WIDTH, HEIGHT = 32, 24
BGR = (40, 90, 200)
"""A red that no exchange of channels leaves as it is."""
GREY = round(0.114 * BGR[0] + 0.587 * BGR[1] + 0.299 * BGR[2])


def flat(*channels: int) -> bytes:
    return bytes(channels) * (WIDTH * HEIGHT)


def bayer(pattern: str) -> bytes:
    """Returns a flat colour as a sensor with that pattern sees it."""
    value = {"b": BGR[0], "g": BGR[1], "r": BGR[2]}
    rows = np.empty((HEIGHT, WIDTH), np.uint8)
    for place, colour in enumerate(pattern):
        rows[place // 2 :: 2, place % 2 :: 2] = value[colour]
    return rows.tobytes()


def yuv(order: str) -> bytes:
    """Returns a flat colour with luma and chroma in this order (ITU-R BT.601, video range)."""
    blue, green, red = BGR
    value = {
        "y": 16 + 0.257 * red + 0.504 * green + 0.098 * blue,
        "u": 128 - 0.148 * red - 0.291 * green + 0.439 * blue,
        "v": 128 + 0.439 * red - 0.368 * green - 0.071 * blue,
    }
    return bytes(round(value[part]) for part in order) * (WIDTH * HEIGHT // 2)


def mean_colour(jpeg: bytes) -> tuple[float, ...]:
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    return tuple(pixels.reshape(-1, 3).mean(axis=0))


@pytest.mark.parametrize(
    ("encoding", "data", "colour"),
    [
        ("bgr8", flat(*BGR), BGR),
        ("8UC3", flat(*BGR), BGR),
        ("rgb8", flat(*reversed(BGR)), BGR),
        ("bgra8", flat(*BGR, 255), BGR),
        ("rgba8", flat(*reversed(BGR), 255), BGR),
        ("mono8", flat(GREY), (GREY,) * 3),
        ("mono16", flat(0, GREY), (GREY,) * 3),
        ("yuv422", yuv("uyvy"), BGR),
        ("uyvy", yuv("uyvy"), BGR),
        ("yuv422_yuy2", yuv("yuyv"), BGR),
        ("yuyv", yuv("yuyv"), BGR),
        *((f"bayer_{p}8", bayer(p), BGR) for p in ("rggb", "bggr", "gbrg", "grbg")),
    ],
)
def test_each_encoding_keeps_its_colours(
    encoding: str, data: bytes, colour: tuple[int, ...]
) -> None:
    message = raw(0, encoding, WIDTH, HEIGHT, len(data) // HEIGHT, data)

    assert mean_colour(to_jpeg(message, "/cam", 0)) == pytest.approx(colour, abs=4)


def test_sixteen_bits_are_read_in_either_order_of_bytes() -> None:
    message = raw(0, "mono16", WIDTH, HEIGHT, 2 * WIDTH, flat(GREY, 0), big=True)

    assert mean_colour(to_jpeg(message, "/cam", 0)) == pytest.approx((GREY,) * 3, abs=2)


def test_padding_of_rows_is_left_out() -> None:
    row = bytes(BGR) * WIDTH + b"\xff" * 7
    message = raw(0, "bgr8", WIDTH, HEIGHT, len(row), row * HEIGHT)

    assert mean_colour(to_jpeg(message, "/cam", 0)) == pytest.approx(BGR, abs=4)


def test_a_jpeg_picture_is_passed_on_byte_for_byte() -> None:
    data = picture(77)

    assert to_jpeg(compressed(ROS2, 0, data, "bgr8; jpeg compressed bgr8"), "/cam", 0) == data


def test_a_png_picture_becomes_jpeg() -> None:
    done, data = cv2.imencode(".png", np.full((HEIGHT, WIDTH, 3), BGR, np.uint8))
    assert done

    message = compressed(ROS2, 0, bytes(data), "png")
    assert mean_colour(to_jpeg(message, "/cam", 0)) == pytest.approx(BGR, abs=4)


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (raw(0, "rgb8", 0, 0, 0, b""), "0x0 pixels"),
        (raw(0, "rgb8", WIDTH, 0, 3 * WIDTH, b""), f"{WIDTH}x0 pixels"),
        (raw(0, "rgb8", WIDTH, HEIGHT, WIDTH, flat(1, 2, 3)), "step is 32"),
        (raw(0, "rgb8", WIDTH, HEIGHT, 3 * WIDTH, b"short"), "there are 5 bytes"),
        (raw(0, "32FC1", WIDTH, HEIGHT, 4 * WIDTH, flat(0, 0, 0, 0)), "encoding '32FC1'"),
        (raw(0, "", WIDTH, HEIGHT, 4 * WIDTH, flat(0, 0, 0, 0)), "encoding ''"),
        (raw(0, "yuv422", 3, 2, 6, bytes(12)), "come in pairs"),
        (raw(0, "bayer_rggb8", 2, 2, 2, bytes(4)), "2x2 pixels"),
        (compressed(ROS2, 0, b""), "empty"),
        (compressed(ROS2, 0, picture()[:-40]), "breaks off"),
        (compressed(ROS2, 0, b"\xff\xd8\xff\xe0"), "no JPEG picture"),
        (compressed(ROS2, 0, b"\x89PNG\r\n\x1a\nshort", "png"), "PNG picture is damaged"),
        (compressed(ROS2, 0, b"GIF89a", "gif"), "neither JPEG nor PNG"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_topic_and_frame(message: Any, cause: str) -> None:
    with pytest.raises(BadImage) as refusal:
        to_jpeg(message, "/front/image", 17)

    assert str(refusal.value).startswith("/front/image, frame 17: ")
    assert cause in str(refusal.value)
    assert "\n" not in str(refusal.value)
