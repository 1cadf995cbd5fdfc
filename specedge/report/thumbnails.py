"""Pictures of frames, small enough to stand in the page itself."""

from __future__ import annotations

import base64
from collections.abc import Iterable

WIDTH = 320
"""Pixels; twice what a card is wide on a phone with 160 dots per inch."""
QUALITY = 62


def thumbnails(pictures: Iterable[tuple[int, bytes]]) -> dict[int, str]:
    """Returns a ``data:`` address for each frame's picture; those that cannot be read are missing.

    Args:
        pictures: Frame numbers with their JPEG.
    """
    return {frame: made for frame, jpeg in pictures if (made := thumbnail(jpeg))}


def thumbnail(jpeg: bytes) -> str:
    """Returns the address of one small picture; empty when it cannot be read."""
    import cv2
    import numpy as np

    coded = np.frombuffer(jpeg, np.uint8)
    picture = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
    if picture is None:
        return ""
    height, width = picture.shape[:2]
    size = (min(width, WIDTH), max(1, round(height * min(width, WIDTH) / width)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    written, content = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    encoded = base64.b64encode(content.tobytes()).decode() if written else ""
    return f"data:image/jpeg;base64,{encoded}" if encoded else ""
