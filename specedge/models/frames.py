"""Frames as the models are given them; without torch, so that they can be looked at early."""

from __future__ import annotations

import io
import struct

from PIL import Image, UnidentifiedImageError

from specedge.errors import SpecedgeError

MOST_PIXELS = 1 << 24
"""Of a frame; a few kilobytes of JPEG can hold many more, and whoever decodes them waits."""


FORMATS = ("JPEG", "PNG")
"""What cameras and bags give. Pillow would run other programs for some of the rest."""


class FrameError(SpecedgeError):
    """A frame that is not a picture, or too large a one."""


def decode_frame(frame: bytes) -> Image.Image:
    """Decodes a picture of one of the `FORMATS` to RGB.

    Raises:
        FrameError: it is none, or has more than `MOST_PIXELS`.
    """
    try:
        image = Image.open(io.BytesIO(frame), formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise FrameError(
                f"the frame has {image.width} x {image.height} pixels; {MOST_PIXELS} are allowed"
            )
        return image.convert("RGB")
    except UnidentifiedImageError:  # whose words tell of an object in memory
        kinds = " or ".join(FORMATS)
        raise FrameError(f"the frame ({len(frame)} bytes) is not a {kinds} picture") from None
    except (
        OSError,
        Image.DecompressionBombError,
        ValueError,
        SyntaxError,  # Pillow's for a PNG whose pieces do not fit
        struct.error,
    ) as error:
        raise FrameError(f"the frame ({len(frame)} bytes) is not a picture: {error}") from error
