from __future__ import annotations

from collections.abc import Iterator

import pytest

from specedge.sim.room import Light, PlacedObject, Pose, Room, make_room
from specedge.sim.world import World


def bare_room(*objects: PlacedObject, size: tuple[float, float] = (6.0, 6.0)) -> Room:
    """A room with exactly these objects, and the robot in its middle, looking along x."""
    return Room(
        seed=0,
        size=size,
        objects=objects,
        start=Pose(0.0, 0.0, 0.0),
        floor=(0.45, 0.38, 0.31),
        walls=(0.6, 0.6, 0.6),
        floor_pattern="plain",
        wall_pattern="plain",
        light=Light(0.5, 0.3, 0.3, (0.0, 0.0, -1.0)),
    )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(make_room(0)) as world:
        yield world


@pytest.fixture
def furnish():
    return bare_room
