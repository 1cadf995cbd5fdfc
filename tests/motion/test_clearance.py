from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from specedge.motion.clearance import (
    APPROACH,
    ARM,
    HALF_LENGTH,
    RADIUS,
    Clearance,
    gaps,
)
from specedge.motion.velocity import STILL, BodyVelocity

MARGIN = 0.06
NOTHING = np.zeros((0, 2))
speeds = st.floats(-1.0, 1.0)
velocities = st.builds(BodyVelocity, speeds, speeds, speeds)
coordinates = st.floats(-1.5, 1.5)
places = st.lists(st.tuples(coordinates, coordinates), max_size=12).map(
    lambda points: np.array(points).reshape(-1, 2)
)


def keep_clear(wanted: BodyVelocity, obstacles: np.ndarray) -> BodyVelocity:
    return Clearance(obstacles, MARGIN).nearest(wanted)


def length(velocity: BodyVelocity) -> float:
    return math.hypot(velocity.x, velocity.y, velocity.yaw_rate * ARM)


def difference(one: BodyVelocity, other: BodyVelocity) -> BodyVelocity:
    return BodyVelocity(one.x - other.x, one.y - other.y, one.yaw_rate - other.yaw_rate)


def distances(
    obstacles: np.ndarray, x: float = 0.0, y: float = 0.0, yaw: float = 0.0
) -> np.ndarray:
    """Of obstacles to the body of a base at a pose, measured along its whole length."""
    ahead, aside = math.cos(yaw), math.sin(yaw)
    to = obstacles - np.array((x, y))
    along = np.clip(to[:, 0] * ahead + to[:, 1] * aside, -HALF_LENGTH, HALF_LENGTH)
    gaps: np.ndarray = np.hypot(to[:, 0] - along * ahead, to[:, 1] - along * aside) - RADIUS
    return gaps


def wall(ahead: float) -> np.ndarray:
    return np.array([(ahead, side / 20) for side in range(-30, 31)])


@given(velocities)
def test_where_nothing_stands_nothing_changes(wanted: BodyVelocity) -> None:
    assert keep_clear(wanted, NOTHING) == wanted


@given(velocities, places)
def test_what_is_driven_is_never_faster_than_what_was_wanted(
    wanted: BodyVelocity, obstacles: np.ndarray
) -> None:
    assert length(keep_clear(wanted, obstacles)) <= length(wanted) + 1e-9


@given(places)
def test_a_robot_that_is_to_stand_stands_however_close_things_are(obstacles: np.ndarray) -> None:
    assert keep_clear(STILL, obstacles) == STILL


@given(velocities, places)
def test_no_distance_shrinks_faster_than_it_may(
    wanted: BodyVelocity, obstacles: np.ndarray
) -> None:
    now = distances(obstacles)
    assume((now > 0.01 - RADIUS).all())  # the direction to what is inside the body is anybody's
    driven = keep_clear(wanted, obstacles)
    moment = 1e-5
    later = distances(obstacles, driven.x * moment, driven.y * moment, driven.yaw_rate * moment)
    allowed = APPROACH * np.maximum(now - MARGIN, 0.0)
    assert ((now - later) / moment <= allowed + 5e-3).all()


@given(velocities, places)
def test_what_comes_close_to_nothing_is_driven_as_wanted(
    wanted: BodyVelocity, obstacles: np.ndarray
) -> None:
    far = obstacles[distances(obstacles) > 2.0 * MARGIN + 1.0]
    assert keep_clear(wanted, far) == wanted


def test_a_walk_into_a_wall_ends_at_the_margin_before_it() -> None:
    x = 0.0
    for _ in range(1000):
        x += keep_clear(BodyVelocity(x=0.5), wall(2.0 - x)).x * 0.02
    assert 2.0 - x == pytest.approx(HALF_LENGTH + RADIUS + MARGIN, abs=0.005)


def test_a_walk_that_grazes_something_slides_past_it() -> None:
    obstacle = np.array([(0.8, 0.15)])
    x = y = 0.0
    for _ in range(400):
        seen = obstacle - np.array((x, y))
        driven = keep_clear(BodyVelocity(x=0.4), seen)
        x, y = x + driven.x * 0.02, y + driven.y * 0.02
        assert distances(seen).min() > MARGIN - 0.005
    assert x > 1.3
    assert -0.2 < y < 0.0


@pytest.mark.parametrize("rate", [0.7, -0.7])
def test_a_turn_beside_a_wall_steps_aside_instead_of_hitting_it_with_the_hind_legs(
    rate: float,
) -> None:
    across = np.array([(at / 20, 0.26) for at in range(-30, 31)])
    x = y = yaw = 0.0
    for _ in range(400):
        cosine, sine = math.cos(yaw), math.sin(yaw)
        seen = (across - np.array((x, y))) @ np.array(((cosine, -sine), (sine, cosine)))
        driven = keep_clear(BodyVelocity(yaw_rate=rate), seen)
        x += (driven.x * cosine - driven.y * sine) * 0.02
        y += (driven.x * sine + driven.y * cosine) * 0.02
        yaw += driven.yaw_rate * 0.02
        assert distances(across, x, y, yaw).min() > MARGIN - 0.02
        if abs(yaw) > math.pi / 2:
            break
    assert abs(yaw) > math.pi / 2


def test_a_robot_that_stands_too_close_may_go_away_and_not_closer() -> None:
    close = wall(HALF_LENGTH + RADIUS + 0.02)
    assert keep_clear(BodyVelocity(x=0.3), close).x == pytest.approx(0.0, abs=2e-3)
    assert keep_clear(BodyVelocity(x=-0.3), close) == BodyVelocity(x=-0.3)


def test_a_robot_that_does_not_know_where_it_is_stands_still() -> None:
    nowhere = Clearance(np.array([(math.nan, 0.3)]), MARGIN)
    assert nowhere.nearest(BodyVelocity(x=0.3)) == STILL
    assert nowhere.slower(BodyVelocity(x=0.3)) == STILL
    assert nowhere.whereabouts(BodyVelocity(x=0.3)) == "at an unknown place"


@given(velocities, places)
def test_the_nearest_velocity_is_nearer_than_any_other_that_keeps_clear(
    wanted: BodyVelocity, obstacles: np.ndarray
) -> None:
    assume((distances(obstacles) > 0.01 - RADIUS).all())
    clearance = Clearance(obstacles, MARGIN)
    nearest = clearance.nearest(wanted)
    off = length(difference(nearest, wanted))
    rng = np.random.default_rng(0)
    for dx, dy, dturn in rng.normal(0.0, 0.2, (30, 3)):
        other = clearance.slower(
            BodyVelocity(nearest.x + dx, nearest.y + dy, nearest.yaw_rate + dturn)
        )
        assert length(difference(other, wanted)) >= off - 5e-3


def test_a_narrow_corridor_is_walked_along() -> None:
    sides = np.array([(at / 50, side) for at in range(-75, 76) for side in (-0.25, 0.25)])
    heading = math.radians(5)
    cosine, sine = math.cos(heading), math.sin(heading)
    turned = sides @ np.array(((cosine, -sine), (sine, cosine)))
    driven = keep_clear(BodyVelocity(x=0.4), turned)
    assert driven.x * cosine + driven.y * sine > 0.15


@given(velocities, places)
def test_what_is_slowed_down_keeps_its_direction(
    velocity: BodyVelocity, obstacles: np.ndarray
) -> None:
    slowed = Clearance(obstacles, MARGIN).slower(velocity)
    assert length(slowed) <= length(velocity)
    assert slowed.x * velocity.y == pytest.approx(slowed.y * velocity.x, abs=1e-9)
    assert slowed.x * velocity.yaw_rate == pytest.approx(slowed.yaw_rate * velocity.x, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (0.45, 0.0, "ahead"),
        (0.32, 0.25, "ahead on the left"),
        (0.0, 0.24, "on the left"),
        (-0.32, 0.25, "behind on the left"),
        (-0.45, 0.01, "behind"),
        (-0.45, -0.01, "behind"),
        (0.0, -0.24, "on the right"),
    ],
)
def test_what_is_in_the_way_is_told_by_its_direction(x: float, y: float, words: str) -> None:
    clearance = Clearance(np.array([(0.0, 0.6), (-x, -y), (x, y)]), MARGIN)
    assert clearance.whereabouts(BodyVelocity(x, y)) == words


def test_points_have_their_distance_to_the_body() -> None:
    points = np.array([(0.47, 0.0), (0.1, -0.27), (0.0, 0.0)])
    assert gaps(points) == pytest.approx([0.1, 0.1, -RADIUS], abs=1e-5)
