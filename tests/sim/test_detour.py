from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from specedge.sim.detour import CLEARANCE, shortest_path
from specedge.sim.grid import CELL, Grid
from specedge.sim.room import PlacedObject, Pose, make_room

BALL = PlacedObject("ball", "red", 2.5, 0.0, 0.0)
BOX = PlacedObject("ball", "blue", -2.5, 0.0, 0.0)


def test_the_shortest_way_ends_before_the_object(furnish):
    assert shortest_path(furnish(BALL), Pose(0.0, 0.0, 0.0), BALL) == pytest.approx(1.7, abs=0.15)


def test_the_way_to_two_objects_is_that_to_one_after_the_other(furnish):
    room, start = furnish(BALL, BOX), Pose(0.0, 0.0, 0.0)
    there = shortest_path(room, start, BALL)
    assert shortest_path(room, start, BALL, BOX) == pytest.approx(there + 2 * 1.7, abs=0.3)


@pytest.mark.parametrize("seed", range(12))
def test_knowing_what_is_left_makes_no_path_longer(seed):
    room = make_room(seed)
    grid = Grid(room, CLEARANCE)
    start = grid.cell(room.start.x, room.start.y)

    def cost(path):
        ways = pairwise(path)
        spare = {cell: max(0.0, 0.5 - grid.clearance[cell]) for cell in path}
        return sum(math.dist(a, b) * (1.0 + spare[b]) for a, b in ways)

    for item in room.objects:
        plain = grid.path(start, grid.standoffs(item, 0.5, 0.65))
        informed = grid.path_to(start, item, 0.5, 0.65)
        assert cost(informed) == pytest.approx(cost(plain))
        assert 0.5 <= float(item.distance(*grid.point(informed[-1]))) <= 0.65
        assert np.max(np.abs(np.diff(np.array(informed), axis=0)), initial=0) * CELL <= CELL
