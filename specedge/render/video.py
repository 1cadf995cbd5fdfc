"""Writes a bag as a video that plays in any browser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specedge.render.errors import RenderError
from specedge.render.overlay import Overlay
from specedge.render.story import Story
from specedge.replay.bags import Bag
from specedge.replay.topics import image_topic

LONGEST_STILL_S = 5.0
"""Of a longer silence in the bag only so much is shown."""

QUALITY = ("-crf", "24", "-preset", "veryfast", "-movflags", "+faststart", "-f", "mp4")
"""H.264 in MP4 whose index comes first, so that it plays while it loads."""


@dataclass(frozen=True)
class VideoSettings:
    """How a video is made.

    Attributes:
        rate: Pictures per second of the video.
        width: Pixels; the height follows from the camera.
        image_topic: Of the camera; empty to find it.
    """

    rate: float = 10.0
    width: int = 960
    image_topic: str = ""

    def __post_init__(self) -> None:
        if not 1.0 <= self.rate <= 60.0:
            raise RenderError(f"{self.rate:g} pictures per second is not between 1 and 60")
        if not 160 <= self.width <= 3840:
            raise RenderError(f"a width of {self.width} pixels is not between 160 and 3840")


def write_video(
    bag: Bag, file: Path, settings: VideoSettings, progress: Callable[[float], None] | None = None
) -> tuple[int, list[str]]:
    """Writes the video of a bag, in memory that does not grow with it.

    Args:
        bag: With a camera.
        file: Where to; written beside it first, so that an interrupted video is none.
        progress: Told the seconds of the bag that are done.

    Returns:
        The number of pictures in the video, and what could not be read, one line each.

    Raises:
        RenderError: there is no picture in the bag, or the file cannot be written.
        WrongTopic: the bag has no camera, or several.
    """
    story = Story(bag, image_topic(bag.types, bag.counts, settings.image_topic))
    unfinished = file.with_name(file.name + ".part")
    count = 0
    try:
        with contextlib.ExitStack() as stack:
            writer: _Writer | None = None
            for drawn, at in _pictures(story, settings):
                if writer is None:
                    height, width = drawn.shape[:2]
                    writer = _Writer(unfinished, (width, height), settings.rate)
                    stack.callback(writer.close)
                writer.write(drawn)
                count += 1
                if progress is not None:
                    progress(at)
        if not count:
            raise RenderError(f"{bag.path} has no picture that could be shown")
        unfinished.replace(file)
    except OSError as error:
        raise RenderError(f"the video cannot be written to {file}: {error}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return count, [*story.faults, *bag.endings()]


def _pictures(story: Story, settings: VideoSettings) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Yields drawings at the video's rate, from the first picture to the last message."""
    overlay: Overlay | None = None
    drawn: NDArray[np.uint8] | None = None
    drawn_version = decoded_jpeg = None
    picture: NDArray[np.uint8] | None = None
    due = last = 0.0
    for at in _with_end(story, 1.0 / settings.rate):
        if at - last > LONGEST_STILL_S:
            due += at - last - LONGEST_STILL_S
        last = at
        while due <= at:
            if story.jpeg is not decoded_jpeg:
                decoded_jpeg, picture = story.jpeg, _decoded(story.jpeg)
            if overlay is None and picture is not None:
                height = round(picture.shape[0] * settings.width / picture.shape[1] / 2) * 2
                overlay = Overlay(settings.width // 2 * 2, height)
            if overlay is not None:
                if drawn is None or story.version != drawn_version:
                    drawn = overlay.draw(picture, story.scene, story.spans, due)
                    drawn_version = story.version
                yield drawn, due
            due += 1.0 / settings.rate


def _with_end(story: Story, after: float) -> Iterator[float]:
    """Yields the moments, and one more for what the last message brought."""
    at = 0.0
    for at in story.moments():
        yield at
    yield at + after


def _decoded(jpeg: bytes) -> NDArray[np.uint8] | None:
    import cv2

    coded = np.frombuffer(jpeg, np.uint8)
    picture = cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB) if coded.size else None
    return None if picture is None else np.asarray(picture, np.uint8)


class _Writer:
    """A pipe into ffmpeg."""

    def __init__(self, file: Path, size: tuple[int, int], rate: float) -> None:
        import imageio_ffmpeg

        self._pipe: Any = imageio_ffmpeg.write_frames(
            str(file),
            size,
            fps=rate,
            codec="libx264",
            quality=None,
            macro_block_size=2,
            output_params=list(QUALITY),
        )
        self._pipe.send(None)

    def write(self, pixels: NDArray[np.uint8]) -> None:
        self._pipe.send(np.ascontiguousarray(pixels))

    def close(self) -> None:
        self._pipe.close()
