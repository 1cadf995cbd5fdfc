"""A camera, a video file or a folder of pictures, through OpenCV."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2

from specedge.camera.sources import DEVICE, Picture, SourceUnusable

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
QUALITY = 90
"""JPEG quality of what is no JPEG yet."""
SILENT_AFTER = 1.0
"""Seconds without a picture after which a source counts as silent."""


class OpenCvSource:
    """Reads a source in a thread of its own. Files and folders start again at their end."""

    def __init__(self, name: str, *, rate: float) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._newest: Picture | None = None
        self._heard = time.monotonic()
        self._ended = ""
        self._closing = threading.Event()
        if name.startswith(DEVICE):
            pictures = _frames(_capture(name, _device_number(name)), self._closing)
            # A camera sets the pace itself; held back, it would hand out what is old.
            period = 0.0
        elif Path(name).is_dir():
            pictures, period = _files(_pictures_in(Path(name))), 1.0 / rate
        elif Path(name).is_file():
            capture = _capture(name, name)
            own = capture.get(cv2.CAP_PROP_FPS)
            period = 1.0 / min(rate, own) if own > 0.0 else 1.0 / rate
            pictures = _frames(capture, self._closing, repeat=True)
        else:
            raise SourceUnusable(
                f"{name!r} is no source of pictures; give go2, device:0, a video file or a folder"
            )
        self._thread = threading.Thread(
            target=self._read, args=(pictures, period), name="pictures", daemon=True
        )
        self._thread.start()

    def next(self, after: Picture | None, timeout: float) -> Picture | None:
        """Returns the newest picture; see `PictureSource`."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not after or bool(self._ended), timeout)
            return None if self._newest is after else self._newest

    def fault(self) -> str:
        """Returns why no pictures come."""
        with self._changed:
            silence = time.monotonic() - self._heard
            if self._ended:
                return self._ended
            return f"no picture for {silence:.1f} s" if silence > SILENT_AFTER else ""

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        self._thread.join(timeout=2.0)  # a camera that hangs is not waited for

    def _read(self, pictures: Iterator[bytes], period: float) -> None:
        due = time.monotonic()
        try:
            for jpeg in pictures:
                with self._changed:
                    self._newest = Picture(jpeg, time.time())
                    self._heard = time.monotonic()
                    self._changed.notify_all()
                due = max(due + period, time.monotonic())
                if self._closing.wait(due - time.monotonic()):
                    return
        except Exception as error:  # whatever it is, the reason is wanted where it can be seen
            self._end(str(error) or repr(error))
        else:
            self._end(f"{self._name} gives no more pictures; is it unplugged?")

    def _end(self, reason: str) -> None:
        with self._changed:
            self._ended = reason
            self._changed.notify_all()


def _device_number(name: str) -> int:
    number = name.removeprefix(DEVICE)
    if not number.isdecimal():
        raise SourceUnusable(f"{name!r} names no camera; give device:0 for /dev/video0")
    return int(number)


def _capture(name: str, what: int | str) -> Any:
    capture = cv2.VideoCapture(what)
    if not capture.isOpened():
        raise SourceUnusable(f"OpenCV cannot open {name}; is it a video, or a camera not in use?")
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _frames(capture: Any, closing: threading.Event, repeat: bool = False) -> Iterator[bytes]:
    read_since_start = 0
    try:
        while not closing.is_set():
            good, image = capture.read()
            if good:
                read_since_start += 1
                yield _encoded(image)
            elif repeat and read_since_start:
                capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
                read_since_start = 0
            else:
                return
    finally:
        capture.release()


def _pictures_in(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise SourceUnusable(f"{folder} holds no pictures ({', '.join(sorted(SUFFIXES))})")
    return paths


def _files(paths: list[Path]) -> Iterator[bytes]:
    while True:
        for path in paths:
            if path.suffix.lower() in (".jpg", ".jpeg"):
                yield path.read_bytes()
                continue
            image = cv2.imread(str(path))
            if image is None:
                raise SourceUnusable(f"OpenCV cannot read {path}; take it out of the folder")
            yield _encoded(image)


def _encoded(image: Any) -> bytes:
    good, buffer = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not good:
        raise SourceUnusable("OpenCV cannot encode a picture as JPEG")
    return bytes(buffer)
