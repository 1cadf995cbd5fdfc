from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.motion.surroundings import IN_VIEW, MEMORY, NEAR, PERSISTENCE, Surroundings
from specedge.robot.scan import LIDAR_AHEAD, LIDAR_UP, Scan, scan_of

HERE = (0.0, 0.0, 0.0)
FLOOR = -0.32


def at(bearing: float, distance: float, height: float = 0.0) -> tuple[float, float, float]:
    """A point at a bearing (degrees), distance and height (m) from the lidar."""
    turn = math.radians(bearing)
    x, y = distance * math.cos(turn), distance * math.sin(turn)
    return LIDAR_AHEAD + x, y, LIDAR_UP + height


def scan(received: float, *points: tuple[float, float, float]) -> Scan:
    return scan_of(np.array(points).reshape(-1, 3), received)


def floor(height: float = FLOOR, pitch: float = 0.0) -> list[tuple[float, float, float]]:
    """The floor ahead, as it is seen by a robot that looks down by so much."""
    distances = (0.4, 0.8, 1.2)
    level = np.array([at(turn, far, height) for turn in range(-80, 81, 4) for far in distances])
    x, z = level[:, 0], level[:, 2]
    level[:, 0] = x * math.cos(pitch) - z * math.sin(pitch)
    level[:, 2] = x * math.sin(pitch) + z * math.cos(pitch)
    return [tuple(point) for point in level.tolist()]


def known(surroundings: Surroundings) -> int:
    return len(surroundings.around(HERE))


def test_what_is_seen_stands_where_the_lidar_saw_it() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, at(0, 1.0)), HERE)
    (point,) = surroundings.around(HERE)
    assert point == pytest.approx((LIDAR_AHEAD + 1.0, 0.0), abs=0.01)


def test_what_was_seen_stays_where_it_is_while_the_robot_moves() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, at(0, 1.0 - LIDAR_AHEAD)), (2.0, 1.0, math.pi / 2))  # at 2, 2
    (point,) = surroundings.around((2.0, 1.5, 0.0))
    assert point == pytest.approx((0.0, 0.5), abs=0.01)


def test_what_the_lidar_no_longer_looks_at_is_remembered_for_a_while() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, at(90, 0.5)), HERE)
    surroundings.take(scan(MEMORY - 0.1, at(0, 2.0)), HERE)
    assert known(surroundings) == 1
    surroundings.take(scan(MEMORY + 0.1, at(0, 2.0)), HERE)
    assert known(surroundings) == 0


def test_what_the_lidar_looks_past_is_gone_soon_but_not_at_the_first_ray_that_misses_it() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, at(0, 0.5)), HERE)
    surroundings.take(scan(PERSISTENCE / 2, at(0, 4.0)), HERE)
    assert known(surroundings) == 1
    surroundings.take(scan(PERSISTENCE * 2, at(0, 4.0)), HERE)
    assert known(surroundings) == 0


def test_what_goes_out_of_sight_above_is_not_gone_because_the_floor_below_it_is_seen() -> None:
    bar = at(0, 0.8, 0.12)
    surroundings = Surroundings()
    surroundings.take(scan(0.0, bar, *floor()), HERE)
    for count in range(30):
        surroundings.take(scan(count / 15, at(0, 3.0, -0.1), *floor()), (0.4, 0.0, 0.0))
    assert len(surroundings.around((0.4, 0.0, 0.0))) == 1


def test_what_hides_behind_something_nearer_is_still_there() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, at(0, 0.9)), HERE)
    surroundings.take(scan(1.0, at(0, 0.4)), HERE)
    assert known(surroundings) == 2


def test_what_is_far_off_is_nobodys_concern() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, at(0, NEAR)), HERE)
    assert known(surroundings) == 0
    surroundings.take(scan(0.1, at(0, 0.5)), HERE)
    surroundings.take(scan(0.2, at(90, 3.0)), (-NEAR, 0.0, 0.0))
    assert known(surroundings) == 0, "forgotten when the robot has gone away"


@pytest.mark.parametrize("above_floor", [0.0, 0.08, 0.65])
def test_what_it_steps_over_or_walks_below_is_no_obstacle(above_floor: float) -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, at(1, 0.6, FLOOR + above_floor), *floor()), HERE)
    assert known(surroundings) == 0


@given(st.floats(-0.40, -0.24), st.floats(-0.15, 0.15))
def test_the_floor_is_no_obstacle_however_high_and_inclined_the_robot_stands(
    height: float, pitch: float
) -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, *floor(height, pitch)), HERE, pitch=pitch)
    assert known(surroundings) == 0


def test_a_low_thing_is_one_also_for_a_robot_that_looks_up() -> None:
    surroundings = Surroundings()
    pitch = -0.15
    surroundings.take(scan(0.0, *floor(FLOOR, pitch), at(1, 0.9, -0.3)), HERE, pitch=pitch)
    assert known(surroundings) == 1


def test_its_own_legs_are_no_obstacles() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, (0.19, 0.18, -0.15), (-0.19, -0.15, -0.1)), HERE)
    assert known(surroundings) == 0


def test_a_leg_before_something_does_not_hide_that_it_is_there() -> None:
    surroundings = Surroundings()
    surroundings.take(scan(0.0, at(120, 0.6)), HERE)
    for count in range(1, 60):
        surroundings.take(scan(count / 15, (0.19, 0.16, -0.0)), HERE)
    assert known(surroundings) == 1


def test_odometry_that_drifts_does_not_make_things_thicker() -> None:
    surroundings = Surroundings()
    for count in range(200):
        drift = 0.001 * count
        surroundings.take(scan(count / 15, at(1, 0.5), at(4, 0.5)), (drift, 0.0, 0.0))
    ahead = surroundings.around((drift, 0.0, 0.0))[:, 0]
    assert ahead.max() - ahead.min() < 0.001 * 15 * (IN_VIEW + 0.5)


def test_what_is_seen_again_at_its_place_is_kept_once() -> None:
    surroundings = Surroundings()
    for count in range(50):
        surroundings.take(scan(count / 15, at(1, 0.5)), HERE)
    assert known(surroundings) == 1
