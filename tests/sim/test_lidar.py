from __future__ import annotations

import math

import numpy as np
import pytest

from specedge.robot.point_cloud import scan_of
from specedge.robot.scan import LIDAR_AHEAD, bearings
from specedge.sim.lidar import FIELD, cloud
from specedge.sim.room import PlacedObject, Pose
from tests.sim.conftest import bare_room


def ranges(room, pose) -> np.ndarray:
    return np.array(scan_of(cloud(room, pose), 0.0).ranges)


def test_walls_are_seen_where_they_are_from_any_heading():
    room = bare_room(size=(4.0, 4.0))
    for yaw in (0.0, math.pi / 2, math.pi, -math.pi / 2):
        seen = ranges(room, Pose(0.0, 0.0, yaw))
        ahead = int(np.abs(bearings()).argmin())
        assert seen[ahead] == pytest.approx(2.0 - LIDAR_AHEAD, abs=0.03)


def test_a_thing_is_seen_before_the_wall_behind_it():
    ball = PlacedObject("ball", "red", 1.0, 0.0, 0.0)
    seen = ranges(bare_room(ball, size=(4.0, 4.0)), Pose(0.0, 0.0, 0.0))
    ahead = int(np.abs(bearings()).argmin())
    assert seen[ahead] == pytest.approx(1.0 - ball.radius - LIDAR_AHEAD, abs=0.03)


def test_the_floor_of_a_large_room_is_free_ground():
    seen = ranges(bare_room(size=(12.0, 12.0)), Pose(0.0, 0.0, 0.0))
    looked_at = np.abs(bearings()) < FIELD
    assert (seen[looked_at] == math.inf).all()


def test_the_body_hides_what_is_behind():
    seen = ranges(bare_room(size=(4.0, 4.0)), Pose(0.0, 0.0, 0.0))
    assert np.isnan(seen[np.abs(bearings()) > FIELD]).all()


@pytest.mark.parametrize("seed", range(4))
def test_every_ray_ends_at_the_edge_of_something(seed):
    from specedge.sim.room import make_room

    room = make_room(seed)
    pose = room.start
    points = cloud(room, pose)
    met = points[points[:, 2] > 0.0]
    east = pose.x + met[:, 0] * math.cos(pose.yaw) - met[:, 1] * math.sin(pose.yaw)
    north = pose.y + met[:, 0] * math.sin(pose.yaw) + met[:, 1] * math.cos(pose.yaw)
    assert len(met) > 10
    assert (np.abs(room.clearance(east, north)) < 0.02).all()
