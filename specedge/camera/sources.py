"""Pictures by name of their source; whoever asks gets the newest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from specedge.errors import SpecedgeError

GO2 = "go2"
DEVICE = "device:"


class SourceUnusable(SpecedgeError):
    """A source of pictures that is not there or cannot be opened."""


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        jpeg: As the source gave it where that is a JPEG already.
        captured: When it was taken, at the latest, in seconds since the epoch.
    """

    jpeg: bytes
    captured: float


class PictureSource(Protocol):
    """A camera, or what stands for one."""

    def next(self, after: Picture | None, timeout: float) -> Picture | None:
        """Returns the newest picture once there is one other than `after`, or None.

        Args:
            after: What the last call returned.
            timeout: Seconds to wait.
        """

    def fault(self) -> str:
        """Returns why no pictures come, or an empty text while they do."""

    def close(self) -> None:
        """Releases the source."""


def open_source(
    name: str, *, domain: int = 0, network_interface: str = "", rate: float = 10.0
) -> PictureSource:
    """Opens a source of pictures.

    Args:
        name: ``go2``, ``device:0``, or the path of a video file or of a folder with pictures.
        domain: DDS domain of the Go2.
        network_interface: Interface that the Go2 is on.
        rate: Pictures per second at most.

    Raises:
        SourceUnusable: there is no such source, or it cannot be opened.
    """
    if name == GO2:
        from specedge.camera.go2 import Go2Source

        return Go2Source(domain=domain, network_interface=network_interface, rate=rate)
    from specedge.camera.opencv import OpenCvSource

    return OpenCvSource(name, rate=rate)
