"""The Go2's front camera, real or simulated."""

from __future__ import annotations

from specedge.camera.sources import Picture
from specedge.robot.camera import CameraFrame, CameraLink


class Go2Source:
    """Pictures of the video service, as the robot encoded them."""

    def __init__(self, *, domain: int, network_interface: str, rate: float) -> None:
        self._link = CameraLink(domain=domain, network_interface=network_interface, rate=rate)
        self._given: tuple[Picture, CameraFrame] | None = None

    def next(self, after: Picture | None, timeout: float) -> Picture | None:
        """Returns the newest picture; see `PictureSource`."""
        given = self._given
        seen = given[1] if given is not None and given[0] is after else None
        frame = self._link.next(seen, timeout)
        if frame is None:
            return None
        picture = Picture(frame.jpeg, frame.captured_wall)
        self._given = picture, frame
        return picture

    def fault(self) -> str:
        """Returns why no pictures come."""
        return self._link.fault()

    def close(self) -> None:
        """Ends the camera process."""
        self._link.close()
