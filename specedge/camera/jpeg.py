"""The size of a JPEG picture, without decoding it."""

from __future__ import annotations

from specedge.errors import SpecedgeError

_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start-of-frame markers (ITU-T T.81, table B.1); the other three of the range are none."""
_STANDALONE = frozenset({0x01, *range(0xD0, 0xDA)})


class NotAPicture(SpecedgeError):
    """Bytes that are no JPEG picture."""


def size(picture: bytes) -> tuple[int, int]:
    """Returns width and height in pixels.

    Raises:
        NotAPicture: the bytes are no JPEG picture, or end before its size.
    """
    position = 0
    while position + 9 <= len(picture) and picture[position] == 0xFF:
        marker = picture[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _STANDALONE:
            position += 2
        elif marker in _FRAME_MARKERS:
            height = int.from_bytes(picture[position + 5 : position + 7], "big")
            width = int.from_bytes(picture[position + 7 : position + 9], "big")
            return width, height
        else:
            position += 2 + int.from_bytes(picture[position + 2 : position + 4], "big")
    raise NotAPicture(f"{len(picture)} bytes are no JPEG picture; check the camera's source")
