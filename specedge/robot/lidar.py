"""The Go2's own lidar, an L1 under its head."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from specedge.robot.errors import CloudMalformed
from specedge.robot.point_cloud import points_of
from specedge.robot.scan import Scan, scan_of
from specedge.robot.sdk import ChannelSubscriber, PointCloud2_

TOPIC = "rt/utlidar/cloud_base"
"""The cloud as the robot itself puts it into the frame of its base. That of rt/utlidar/cloud is
tilted as the lidar is mounted, by angles on which published descriptions differ."""

_log = logging.getLogger("specedge.robot.lidar")


class Lidar:
    """Tells every scan of the lidar, until it is closed.

    Args:
        show: Takes a scan; must neither block nor write to DDS.
    """

    def __init__(self, show: Callable[[Scan], None]) -> None:
        self._show = show
        self._complained = False
        self._subscriber = ChannelSubscriber(TOPIC, PointCloud2_)
        self._subscriber.Init(self._take)

    def close(self) -> None:
        """Listens no more."""
        self._subscriber.Close()

    def _take(self, cloud: Any) -> None:
        received = time.monotonic()
        try:
            scan = scan_of(points_of(cloud), received)
        except CloudMalformed as error:
            # Once: for whoever waits for a scan it is silent from here on, which is told as well.
            if not self._complained:
                _log.error("%s", error)
            self._complained = True
            return
        self._complained = False
        self._show(scan)
