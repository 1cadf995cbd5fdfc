from __future__ import annotations

import numpy as np

from specedge.sim.redecorating import redecorated
from specedge.sim.room import FURTHER_FLOOR_PATTERNS, FURTHER_WALL_PATTERNS, make_room

ROOM = make_room(3)


def looks(count=60):
    random = np.random.default_rng(0)
    return [redecorated(ROOM, random) for _ in range(count)]


def test_things_stay_where_they_are():
    for look in looks():
        assert (look.objects, look.start, look.size) == (ROOM.objects, ROOM.start, ROOM.size)


def test_looks_differ_and_have_patterns_that_no_room_of_a_seed_has():
    drawn = looks()
    assert len({look.floor for look in drawn}) == len(drawn)
    assert {look.floor_pattern for look in drawn} > set(FURTHER_FLOOR_PATTERNS)
    assert {look.wall_pattern for look in drawn} > set(FURTHER_WALL_PATTERNS)


def test_every_look_can_be_drawn(world):
    pictures = []
    for look in looks(30):
        world.load(look)
        pictures.append(world.render(98, 56))
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


def test_no_floor_or_wall_is_as_colourful_as_an_object():
    for look in looks():
        for colour in (look.floor, look.walls):
            assert max(colour) - min(colour) < 0.2
