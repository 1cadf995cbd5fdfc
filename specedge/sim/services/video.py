"""The video service: one JPEG for each call."""

from __future__ import annotations

from specedge.robot.codes import VideoApi
from specedge.sim.services.body import RobotBody
from specedge.sim.services.parameters import Parameters
from specedge.sim.services.server import Reply

SERVICE = "videohub"
VERSION = "1.0.0.1"


class VideoService:
    """Answers with what the front camera sees."""

    def __init__(self, body: RobotBody) -> None:
        self._body = body

    def handle(self, number: int, parameters: Parameters) -> Reply:
        """Answers one call.

        Raises:
            LookupError: the call is not implemented.
        """
        if number != VideoApi.GET_IMAGE_SAMPLE:
            raise LookupError(number)
        return Reply(binary=self._body.capture_jpeg())
