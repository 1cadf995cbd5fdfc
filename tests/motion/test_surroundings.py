from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.motion.surroundings import (
    IN_VIEW,
    MEMORY,
    NEAR,
    PERSISTENCE,
    Surroundings,
    sees_ahead,
)
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


def ring(*bearings: float, distance: float = 1.0, height: float = FLOOR) -> np.ndarray:
    turns = np.radians(bearings)
    return np.stack(
        (
            LIDAR_AHEAD + distance * np.cos(turns),
            distance * np.sin(turns),
            np.full_like(turns, height),
        ),
        axis=1,
    )


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
    past = [at(0, 4.0, height) for height in (-0.3, 0.0, 0.3)]
    surroundings.take(scan(PERSISTENCE / 2, *past), HERE)
    assert known(surroundings) == 1
    surroundings.take(scan(PERSISTENCE * 2, *past), HERE)
    assert known(surroundings) == 0


@pytest.mark.parametrize("height", np.arange(0.06, 0.2, 0.01).tolist())
def test_what_goes_out_of_sight_above_is_not_gone_because_the_lidar_looks_below_it(
    height: float,
) -> None:
    bar = at(0, 0.8, height)
    highest = math.tan(math.radians(13))
    surroundings = Surroundings()
    surroundings.take(scan(0.0, bar, *floor()), HERE)
    for count in range(1, 60):
        x = 0.01 * min(count, 50)
        left = 0.8 - x
        beyond = [
            at(0, 3.0, 3.0 * slope / 40) for slope in range(-10, 11) if slope / 40 < height / left
        ]
        seen = [at(0, left, height)] if height / left < highest else []
        surroundings.take(scan(count / 15, *seen, *beyond, *floor()), (x, 0.0, 0.0))
    assert len(surroundings.around((x, 0.0, 0.0))) > 0


def test_somebody_who_leaves_is_gone_from_head_to_foot() -> None:
    body = [at(side, 0.4, height) for side in (-6, 0, 6) for height in (-0.2, -0.1, 0.0, 0.1, 0.2)]
    highest = math.tan(math.radians(15))
    surroundings = Surroundings()
    surroundings.take(scan(0.0, *body, *floor()), (-0.6, 0.0, 0.0))
    assert len(surroundings.around(HERE)) > 8
    beyond = [
        at(side, 3.0, 3.0 * slope / 40) for side in range(-12, 13, 3) for slope in range(-10, 11)
    ]
    beyond = [point for point in beyond if point[2] / 3.0 < highest]
    for count in range(1, 10):
        surroundings.take(scan(count / 15, *beyond, *floor()), (-0.6, 0.0, 0.0))
    assert len(surroundings.around(HERE)) == 0


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


@pytest.mark.parametrize("below", [-0.5, -0.38])
def test_what_is_seen_below_the_floor_does_not_raise_the_floor_to_an_obstacle(below: float) -> None:
    surroundings = Surroundings()
    ditch = [at(bearing, distance, below) for bearing in range(-8, 9, 2) for distance in (0.9, 1.1)]
    surroundings.take(scan(0.0, *floor(-0.30), *ditch), HERE)
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


def test_a_lidar_that_sees_the_floor_ahead_looks_ahead() -> None:
    assert sees_ahead(scan_of(ring(*np.arange(-60.0, 60.0, 4.0)), 0.0))


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((0, 3)),
        np.zeros((50, 3)),
        ring(*np.arange(100.0, 260.0)),
        ring(-5.0, 0.0, 5.0),
        ring(*np.arange(-180.0, 180.0), distance=0.06, height=0.0),
    ],
    ids=["nothing", "zeros", "behind alone", "a slit", "a cloth over it"],
)
def test_a_lidar_that_sees_next_to_nothing_ahead_does_not(points: np.ndarray) -> None:
    assert not sees_ahead(scan_of(points, 0.0))
