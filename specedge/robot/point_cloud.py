"""Boils the Go2's point cloud down to a scan."""

from __future__ import annotations

from typing import Any

import numpy as np

from specedge.robot.errors import CloudMalformed
from specedge.robot.scan import FARTHEST, LIDAR_AHEAD, SECTORS, Scan, sectors

LOWEST, HIGHEST = -0.20, 0.25
"""Heights between which something is an obstacle, m from the base, which walks 0.32 m above the
floor: a Go2 steps over what is lower, and its trunk and head pass below what is higher."""
_OWN_LENGTH, _OWN_WIDTH = 0.40, 0.21
"""Half of the box within which points are the robot's own legs, m."""
_FLOAT32 = 7
"""PointField.FLOAT32."""


def points_of(cloud: Any) -> np.ndarray:
    """Reads a sensor_msgs PointCloud2.

    Returns:
        Points in the cloud's frame, m, float64 [N, 3]; those that are no numbers are left out.

    Raises:
        CloudMalformed: it lacks x, y or z as 32 bit floats, or is shorter than it says.
    """
    offsets = {field.name: field.offset for field in cloud.fields if field.datatype == _FLOAT32}
    if not {"x", "y", "z"} <= offsets.keys():
        names = ", ".join(field.name for field in cloud.fields) or "nothing"
        raise CloudMalformed(f"the lidar's cloud has {names}; it needs x, y and z in float32")
    count, step = cloud.width * cloud.height, cloud.point_step
    data = bytes(cloud.data)
    fits = all(0 <= offsets[axis] <= step - 4 for axis in "xyz")
    if not fits or len(data) < count * step:
        raise CloudMalformed(
            f"the lidar's cloud tells of {count} points of {step} bytes, but has {len(data)} bytes"
        )
    order = ">" if cloud.is_bigendian else "<"
    layout = np.dtype(
        {
            "names": ["x", "y", "z"],
            "formats": [f"{order}f4"] * 3,
            "offsets": [offsets[axis] for axis in "xyz"],
            "itemsize": step,
        }
    )
    packed = np.frombuffer(data, layout, count)
    points = np.stack([packed[axis] for axis in "xyz"], axis=1).astype(float)
    finite: np.ndarray = points[np.isfinite(points).all(axis=1)]
    return finite


def scan_of(points: np.ndarray, received: float) -> Scan:
    """Finds the nearest obstacle in each direction.

    Args:
        points: In the frame of the base, m, [N, 3].
        received: Seconds of the steady clock.
    """
    own = (np.abs(points[:, 0]) < _OWN_LENGTH) & (np.abs(points[:, 1]) < _OWN_WIDTH)
    x, y, z = points[~own].T
    direction = sectors(np.arctan2(y, x - LIDAR_AHEAD))
    distance = np.hypot(x - LIDAR_AHEAD, y)
    ranges = np.full(SECTORS, np.nan)
    ranges[direction] = np.inf
    stands = (z >= LOWEST) & (z <= HIGHEST) & (distance <= FARTHEST)
    np.fmin.at(ranges, direction[stands], distance[stands])
    return Scan(received, tuple(ranges.tolist()))
