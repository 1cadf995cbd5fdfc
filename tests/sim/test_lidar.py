from __future__ import annotations

import math

import numpy as np
import pytest

from specedge.robot.scan import LIDAR_AHEAD, polar, scan_of
from specedge.sim.gait import STANDING_HEIGHT
from specedge.sim.lidar import FIELD, cloud
from specedge.sim.room import PlacedObject, Pose, make_room
from tests.sim.conftest import bare_room

MIDDLE = Pose(0.0, 0.0, 0.0)


def above_floor(points: np.ndarray) -> np.ndarray:
    """Those that lie on no floor."""
    return points[points[:, 2] > -STANDING_HEIGHT + 1e-3]


@pytest.mark.parametrize("yaw", [0.0, math.pi / 2, math.pi, -math.pi / 2])
def test_walls_are_seen_where_they_are_from_any_heading(yaw):
    seen = above_floor(cloud(bare_room(size=(4.0, 4.0)), Pose(0.0, 0.0, yaw)))
    ahead = seen[np.abs(seen[:, 1]) < 0.1]
    assert ahead[:, 0] == pytest.approx(np.full(len(ahead), 2.0), abs=0.02)
    assert len(ahead) >= 2


def test_a_thing_is_seen_before_the_wall_behind_it():
    ball = PlacedObject("ball", "red", 1.0, 0.0, 0.0)
    seen = above_floor(cloud(bare_room(ball, size=(4.0, 4.0)), MIDDLE))
    ahead = seen[np.abs(seen[:, 1]) < 0.04]
    assert ahead[:, 0] == pytest.approx(np.full(len(ahead), 1.0 - ball.radius), abs=0.02)


def test_the_floor_lies_a_standing_robots_height_below_its_base():
    points = cloud(bare_room(size=(12.0, 12.0)), MIDDLE)
    lowest = points[:, 2].min()
    assert lowest == pytest.approx(-STANDING_HEIGHT)
    assert (points[:, 2] < lowest + 1e-6).mean() > 0.5


def test_the_body_hides_what_is_behind():
    bearing, _, _ = polar(cloud(bare_room(size=(4.0, 4.0)), MIDDLE))
    assert np.abs(bearing).max() <= FIELD


def test_it_looks_up_ahead_and_only_level_at_its_sides():
    bearing, elevation, _ = polar(cloud(bare_room(size=(4.0, 4.0)), MIDDLE))
    degrees = np.degrees(elevation)
    assert 10.0 < degrees[np.abs(bearing) < 0.3].max() <= 15.0
    assert degrees[np.abs(np.abs(bearing) - math.pi / 2) < 0.1].max() <= 2.0


@pytest.mark.parametrize("seed", range(4))
def test_every_ray_ends_at_the_edge_of_something_or_on_the_floor(seed):
    room = make_room(seed)
    pose = room.start
    met = above_floor(cloud(room, pose))
    east = pose.x + met[:, 0] * math.cos(pose.yaw) - met[:, 1] * math.sin(pose.yaw)
    north = pose.y + met[:, 0] * math.sin(pose.yaw) + met[:, 1] * math.cos(pose.yaw)
    assert len(met) > 100
    assert (np.abs(room.clearance(east, north)) < 0.02).all()


def test_a_scan_keeps_all_of_it():
    points = cloud(make_room(0), make_room(0).start)
    assert len(scan_of(points, 0.0).points) == len(points)
    assert points[:, 0].max() > LIDAR_AHEAD
