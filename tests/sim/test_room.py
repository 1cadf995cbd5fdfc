from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.sim.grid import Grid
from specedge.sim.objects import COLOURS, KINDS
from specedge.sim.room import (
    NoSuchObject,
    PlacedObject,
    Pose,
    Room,
    make_room,
    relative,
)

SEEDS = range(60)


@pytest.fixture(scope="module")
def rooms() -> list[Room]:
    return [make_room(seed) for seed in SEEDS]


def test_the_same_seed_makes_the_same_room():
    assert make_room(7) == make_room(7)
    assert make_room(7) != make_room(8)


def test_rooms_have_three_to_seven_objects_with_distinct_names(rooms):
    for room in rooms:
        names = [item.name for item in room.objects]
        assert 3 <= len(names) <= 7
        assert len(set(names)) == len(names)


def test_every_kind_and_every_colour_occurs_in_some_room(rooms):
    kinds = Counter(item.kind for room in rooms for item in room.objects)
    colours = Counter(item.colour for room in rooms for item in room.objects)
    assert set(kinds) == set(KINDS)
    assert len(kinds) >= 6
    assert set(colours) == set(COLOURS)
    assert len(colours) >= 7


def test_many_rooms_have_something_of_the_same_colour_or_kind_to_mislead(rooms):
    def misleads(room: Room) -> bool:
        kinds = {item.kind for item in room.objects}
        colours = {item.colour for item in room.objects}
        return min(len(kinds), len(colours)) < len(room.objects)

    assert sum(map(misleads, rooms)) > len(rooms) / 2


def test_every_object_can_be_reached_by_a_robot_of_35_cm_radius(rooms):
    for room in rooms:
        grid = Grid(room, radius=0.35)
        reached = grid.reachable(grid.cell(room.start.x, room.start.y))
        for item in room.objects:
            assert (reached & grid.standoffs(item, 0.45, 0.65)).any(), (room.seed, item.name)


def test_objects_stay_inside_the_walls(rooms):
    for room in rooms:
        for item in room.objects:
            assert abs(item.x) < room.size[0] / 2
            assert abs(item.y) < room.size[1] / 2


def test_some_straight_ways_from_the_start_are_blocked_by_other_objects(rooms):
    blocked = 0
    for room in rooms:
        for item in room.objects:
            shares = np.linspace(0.0, 1.0, 50)
            x = room.start.x + shares * (item.x - room.start.x)
            y = room.start.y + shares * (item.y - room.start.y)
            blocked += any(
                other is not item and (other.distance(x, y) < 0.2).any() for other in room.objects
            )
    assert blocked >= 10


@pytest.mark.parametrize("name", ["red chair", "white sofa", "purple door"])
def test_a_room_has_the_object_that_is_asked_for(name):
    for seed in range(5):
        assert make_room(seed, required=name).find(name) is not None
    assert make_room(0, required=name).find(name) is not None


@pytest.mark.parametrize("name", ["chair", "mauve chair", "red dragon", ""])
def test_an_object_that_no_room_can_have_is_refused_by_name(name):
    with pytest.raises(NoSuchObject, match="kinds: chair"):
        make_room(0, required=name)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    yaw=st.floats(-math.pi, math.pi),
    x=st.floats(-3, 3),
    y=st.floats(-3, 3),
)
def test_the_distance_is_that_of_the_nearest_point_of_the_footprint(kind, yaw, x, y):
    item = PlacedObject(kind, "red", 0.3, -0.4, yaw)
    steps = np.linspace(-1, 1, 81)
    along, across = (axis.ravel() for axis in np.meshgrid(steps, steps))
    if item.shape.round:
        inside = np.hypot(along, across) <= 1.0
        along, across = along[inside], across[inside]
    along, across = along * item.half_x, across * item.half_y
    east = item.x + math.cos(yaw) * along - math.sin(yaw) * across
    north = item.y + math.sin(yaw) * along + math.cos(yaw) * across
    nearest = np.hypot(east - x, north - y).min()
    assert float(item.distance(x, y)) == pytest.approx(nearest, abs=0.03)


def test_what_lies_to_the_left_has_a_positive_bearing():
    ball = PlacedObject("ball", "red", 0.0, 2.0, 0.0)
    bearing, distance = relative(Pose(0.0, 0.0, 0.0), ball)
    assert bearing == pytest.approx(math.pi / 2)
    assert distance == pytest.approx(2.0 - ball.half_x)
    assert relative(Pose(0.0, 0.0, math.pi), ball)[0] == pytest.approx(-math.pi / 2)
