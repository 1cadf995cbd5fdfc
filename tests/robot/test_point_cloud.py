from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.robot.errors import CloudMalformed
from specedge.robot.point_cloud import HIGHEST, LOWEST, points_of, scan_of
from specedge.robot.scan import FARTHEST, LIDAR_AHEAD, SECTORS, Scan, bearings, sectors


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
        fields=fields,
        width=len(points),
        height=1,
        point_step=24,
        is_bigendian=False,
        data=list(packed.tobytes()),
    )
    vars(message).update(changes)
    return message


def in_direction(scan: Scan, x: float, y: float) -> float:
    return scan.ranges[int(sectors(np.arctan2(y, np.array(x - LIDAR_AHEAD))))]


def test_points_are_read_wherever_the_cloud_says_that_they_are() -> None:
    read = points_of(cloud([(1.0, 2.0, 3.0), (-1.5, 0.25, 0.5)]))
    assert read.tolist() == [[1.0, 2.0, 3.0], [-1.5, 0.25, 0.5]]


def test_points_that_are_no_numbers_are_left_out() -> None:
    assert len(points_of(cloud([(math.nan, 0.0, 0.0), (1.0, math.inf, 0.0)]))) == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fields": []}, "has nothing; it needs x, y and z"),
        ({"width": 5}, "5 points of 24 bytes, but has 24"),
        ({"point_step": 8}, "1 points of 8 bytes"),
    ],
)
def test_a_cloud_that_cannot_be_read_is_told_with_what_it_has(
    changes: dict[str, object], told: str
) -> None:
    with pytest.raises(CloudMalformed, match=told):
        points_of(cloud([(1.0, 2.0, 3.0)], **changes))


def test_the_nearest_obstacle_in_a_direction_counts() -> None:
    points = np.array([(2.0, 0.01, 0.0), (1.2, 0.01, 0.1), (1.7, 0.01, -0.1)])
    assert in_direction(scan_of(points, 4.0), 1.0, 0.01) == pytest.approx(
        1.2 - LIDAR_AHEAD, abs=1e-3
    )


@pytest.mark.parametrize("height", [LOWEST - 0.01, HIGHEST + 0.01, -0.32])
def test_what_it_steps_over_or_passes_below_is_free_ground(height: float) -> None:
    scan = scan_of(np.array([(1.0, 0.01, height)]), 0.0)
    assert in_direction(scan, 1.0, 0.01) == math.inf
    assert math.isnan(in_direction(scan, -1.0, 0.01)), "there nothing was seen"


def test_its_own_legs_are_no_obstacles() -> None:
    legs = np.array([(0.19, 0.15, -0.15), (-0.19, -0.15, -0.1)])
    assert all(math.isnan(value) for value in scan_of(legs, 0.0).ranges)


def test_what_is_farther_than_matters_is_free() -> None:
    far = np.array([(LIDAR_AHEAD + FARTHEST + 0.1, 0.01, 0.0)])
    assert in_direction(scan_of(far, 0.0), 1.0, 0.01) == math.inf


@given(st.floats(-math.pi, math.pi))
def test_every_bearing_lies_in_the_direction_that_is_named_after_it(bearing: float) -> None:
    middle = bearings()[int(sectors(np.array(bearing)))]
    off = math.remainder(bearing - middle, 2 * math.pi)
    assert abs(off) <= math.pi / SECTORS + 1e-9


@pytest.mark.parametrize("ranges", [(1.0,), (-1.0,) * SECTORS])
def test_a_scan_is_a_range_for_each_direction(ranges: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="120 ranges"):
        Scan(0.0, ranges)
