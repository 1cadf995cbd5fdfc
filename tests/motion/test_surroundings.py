from __future__ import annotations

import math

import numpy as np
import pytest

from specedge.motion.surroundings import IN_VIEW, MEMORY, NEAR, PERSISTENCE, Surroundings
from specedge.robot.scan import LIDAR_AHEAD, SECTORS, Scan, sectors

HERE = (0.0, 0.0, 0.0)


def scan(received: float, hits: dict[float, float], *, elsewhere: float = math.nan) -> Scan:
    """A scan with hits at bearings (degrees) and ranges (m)."""
    ranges = [elsewhere] * SECTORS
    for bearing, distance in hits.items():
        ranges[int(sectors(np.array(math.radians(bearing))))] = distance
    return Scan(received, tuple(ranges))


def test_what_is_seen_stands_where_the_lidar_saw_it() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, {1.0: 1.0}), HERE)
    (point,) = surroundings.around(HERE)
    assert point == pytest.approx((LIDAR_AHEAD + 1.0, 0.026), abs=0.01)


def test_what_was_seen_stays_where_it_is_while_the_robot_moves() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, {1.0: 0.711}), (2.0, 1.0, math.pi / 2))  # 1 m ahead: at 2, 2
    (point,) = surroundings.around((2.0, 1.5, 0.0))
    assert point == pytest.approx((0.0, 0.5), abs=0.03)


def test_what_the_lidar_no_longer_looks_at_is_remembered_for_a_while() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, {91.0: 0.5}), HERE)
    surroundings.take(scan(MEMORY - 0.1, {}), HERE)
    assert len(surroundings.around(HERE)) == 1
    surroundings.take(scan(MEMORY + 0.1, {}), HERE)
    assert len(surroundings.around(HERE)) == 0


def test_what_the_lidar_looks_past_is_gone_soon_but_not_at_the_first_ray_that_misses_it() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, {1.0: 0.5}), HERE)
    surroundings.take(scan(PERSISTENCE / 2, {1.0: 2.0}), HERE)
    assert len(surroundings.around(HERE)) == 1
    surroundings.take(scan(PERSISTENCE * 2, {1.0: math.inf}), HERE)
    assert len(surroundings.around(HERE)) == 0


def test_what_hides_behind_something_nearer_is_still_there() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, {1.0: 0.9}), HERE)
    surroundings.take(scan(1.0, {1.0: 0.4}), HERE)
    assert len(surroundings.around(HERE)) == 2


def test_what_is_far_off_is_nobodys_concern() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, {1.0: NEAR}), HERE)
    assert len(surroundings.around(HERE)) == 0
    surroundings.take(scan(0.1, {1.0: 0.5}), HERE)
    surroundings.take(scan(0.2, {}), (-NEAR, 0.0, 0.0))
    assert len(surroundings.around(HERE)) == 0, "forgotten when the robot has gone away"


def test_odometry_that_drifts_does_not_make_things_thicker() -> None:
    surroundings = Surroundings()
    for count in range(200):
        drift = 0.001 * count
        surroundings.take(scan(count / 15, {1.0: 0.5, 4.0: 0.5}), (drift, 0.0, 0.0))
    ahead = surroundings.around((drift, 0.0, 0.0))[:, 0]
    assert ahead.max() - ahead.min() < 0.001 * 15 * (IN_VIEW + 0.5)
    assert len(ahead) < 2 * 4


def test_what_is_seen_again_at_its_place_is_kept_once() -> None:
    surroundings = Surroundings()
    for count in range(50):
        surroundings.take(scan(count / 15, {1.0: 0.5}), HERE)
    assert len(surroundings.around(HERE)) == 1
