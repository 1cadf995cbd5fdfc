"""Publishes what a Go2's lidar sees."""

from __future__ import annotations

import time

import numpy as np

from specedge.robot.lidar import TOPIC
from specedge.robot.point_cloud import FLOAT32, FRAME
from specedge.robot.sdk import PointCloud2_, PointField_, idl_defaults
from specedge.sim.services.body import RobotBody
from specedge.sim.services.participant import Participant

_UINT16 = 4
"""PointField.UINT16."""
_FIELDS = (
    *(("x", 0, FLOAT32), ("y", 4, FLOAT32), ("z", 8, FLOAT32)),
    *(("intensity", 16, FLOAT32), ("ring", 20, _UINT16), ("time", 24, FLOAT32)),
)
"""Of a point, as the lidar's own driver lays it out: name, offset and type."""
_POINT = np.dtype(
    {
        "names": [name for name, _, _ in _FIELDS],
        "formats": ["<f4" if kind == FLOAT32 else "<u2" for _, _, kind in _FIELDS],
        "offsets": [offset for _, offset, _ in _FIELDS],
        "itemsize": 32,
    }
)


class LidarPublisher:
    """Publishes clouds.

    Args:
        participant: Where it publishes; must outlive the publisher.
        body: Whose lidar it is.
    """

    def __init__(self, participant: Participant, body: RobotBody) -> None:
        self._body = body
        self._writer = participant.writer(TOPIC, PointCloud2_)

    def publish(self) -> None:
        """Publishes what is seen now."""
        self._writer.write(cloud_message(self._body.cloud(), time.time()))


def cloud_message(points: np.ndarray, now: float) -> PointCloud2_:
    """Makes a PointCloud2 as a Go2 sends it.

    Args:
        points: In the frame of the base, m, [N, 3].
        now: Seconds since the epoch.
    """
    packed = np.zeros(len(points), _POINT)
    for axis, values in zip("xyz", points.T, strict=True):
        packed[axis] = values
    message = idl_defaults.sensor_msgs_msg_dds__PointField_Constants_PointCloud2_()
    message.header.stamp.sec, message.header.stamp.nanosec = int(now), int(now % 1.0 * 1e9)
    message.header.frame_id = FRAME
    message.height, message.width = 1, len(points)
    message.point_step, message.row_step = _POINT.itemsize, packed.nbytes
    message.fields = [PointField_(name, offset, kind, 1) for name, offset, kind in _FIELDS]
    message.data = list(packed.tobytes())
    message.is_dense = True
    return message
