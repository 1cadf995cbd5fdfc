"""Reads the point clouds of the Go2's lidar."""

from __future__ import annotations

from typing import Any

import numpy as np

from specedge.robot.errors import CloudMalformed

FRAME = "base_link"
"""The frame that a cloud has to be in."""
FLOAT32 = 7
"""PointField.FLOAT32."""


def points_of(cloud: Any) -> np.ndarray:
    """Reads a sensor_msgs PointCloud2.

    Returns:
        Points in the frame of the base, m, float64 [N, 3]; those that are no numbers are left out.

    Raises:
        CloudMalformed: it is in another frame, lacks x, y or z as 32 bit floats, or is shorter
            than it says.
    """
    if cloud.header.frame_id != FRAME:
        raise CloudMalformed(f"the lidar's cloud is in {cloud.header.frame_id!r}, not in {FRAME!r}")
    offsets = {field.name: field.offset for field in cloud.fields if field.datatype == FLOAT32}
    if not {"x", "y", "z"} <= offsets.keys():
        names = ", ".join(field.name for field in cloud.fields) or "nothing"
        raise CloudMalformed(f"the lidar's cloud has {names}; it needs x, y and z in float32")
    count, step = cloud.width * cloud.height, cloud.point_step
    data = bytes(cloud.data)
    fits = all(0 <= offsets[axis] <= step - 4 for axis in "xyz")
    # Rows of a cloud with several may be padded; a lidar that spins has one.
    whole = cloud.row_step == cloud.width * step and len(data) >= count * step
    if not fits or not whole:
        raise CloudMalformed(
            f"the lidar's cloud tells of {cloud.height} rows of {cloud.width} points of {step} "
            f"bytes, but has {len(data)} bytes in rows of {cloud.row_step}"
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
