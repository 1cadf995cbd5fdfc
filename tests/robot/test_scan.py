from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.robot.scan import LIDAR_AHEAD, ROWS, SECTORS, Scan, directions, scan_of

coordinates = st.floats(-4.0, 4.0)
clouds = st.lists(st.tuples(coordinates, coordinates, coordinates), max_size=30).map(
    lambda points: np.array(points).reshape(-1, 3)
)


def test_the_nearest_point_in_a_direction_is_kept() -> None:
    near, far = (LIDAR_AHEAD + 0.5, 0.01, 0.01), (LIDAR_AHEAD + 1.5, 0.03, 0.03)
    assert scan_of(np.array([far, near]), 1.0).points == pytest.approx(np.array([near]))


def test_what_is_above_or_beside_something_is_kept_as_well() -> None:
    points = np.array([(1.3, 0.01, 0.01), (1.3, 0.01, 0.4), (1.3, 0.4, 0.01)])
    assert len(scan_of(points, 1.0).points) == 3


@given(clouds)
def test_a_scan_has_at_most_one_point_in_each_direction_and_none_of_its_own(
    points: np.ndarray,
) -> None:
    kept = scan_of(points, 0.0).points
    assert len(kept) == len(np.unique(directions(points)))
    for point in kept:
        assert np.abs(points - point).max(axis=1).min() < 1e-6


@given(clouds)
def test_every_point_lies_in_a_direction_that_there_is(points: np.ndarray) -> None:
    found = directions(points)
    assert ((found >= 0) & (found < ROWS * SECTORS)).all()


def test_a_scan_is_made_of_whole_points() -> None:
    with pytest.raises(ValueError, match="points of 12 bytes"):
        Scan(0.0, bytes(13))
    assert math.isclose(Scan(1.5, bytes(12)).received, 1.5)
