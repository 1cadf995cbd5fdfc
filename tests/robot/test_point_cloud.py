from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from specedge.robot.errors import CloudMalformed
from specedge.robot.point_cloud import points_of


def cloud(points: list[tuple[float, ...]], **changes: object) -> SimpleNamespace:
    """A PointCloud2 of x, y and z with a gap between them and another field after them."""
    names = ("x", "y", "z", "intensity")
    layout = np.dtype(
        {"names": names, "formats": ["<f4"] * 4, "offsets": [0, 4, 12, 20], "itemsize": 24}
    )
    packed = np.array([(*point, 0.0) for point in points], layout)
    fields = [
        SimpleNamespace(name=name, offset=offset, datatype=7, count=1)
        for name, offset in zip(names, (0, 4, 12, 20), strict=True)
    ]
    message = SimpleNamespace(
        header=SimpleNamespace(frame_id="base_link"),
        fields=fields,
        width=len(points),
        height=1,
        point_step=24,
        row_step=24 * len(points),
        is_bigendian=False,
        data=list(packed.tobytes()),
    )
    vars(message).update(changes)
    return message


def test_points_are_read_wherever_the_cloud_says_that_they_are() -> None:
    read = points_of(cloud([(1.0, 2.0, 3.0), (-1.5, 0.25, 0.5)]))
    assert read.tolist() == [[1.0, 2.0, 3.0], [-1.5, 0.25, 0.5]]


def test_points_that_are_no_numbers_are_left_out() -> None:
    assert len(points_of(cloud([(math.nan, 0.0, 0.0), (1.0, math.inf, 0.0)]))) == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fields": []}, "has nothing; it needs x, y and z"),
        (
            {"header": SimpleNamespace(frame_id="utlidar_lidar")},
            "'utlidar_lidar', not in 'base_link'",
        ),
        ({"width": 5, "row_step": 120}, "5 points of 24 bytes, but has 24"),
        ({"row_step": 32}, "in rows of 32"),
        ({"point_step": 8, "row_step": 8}, "1 points of 8 bytes"),
    ],
)
def test_a_cloud_that_cannot_be_read_is_told_with_what_it_has(
    changes: dict[str, object], told: str
) -> None:
    with pytest.raises(CloudMalformed, match=told):
        points_of(cloud([(1.0, 2.0, 3.0)], **changes))
