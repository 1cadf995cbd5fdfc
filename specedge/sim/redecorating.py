"""The same room in other looks, for training: floor, walls and light of wider ranges."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from specedge.sim.objects import Rgb
from specedge.sim.room import (
    FLOOR_PATTERNS,
    FURTHER_FLOOR_PATTERNS,
    FURTHER_WALL_PATTERNS,
    WALL_PATTERNS,
    Light,
    Room,
)

_DIMMEST, _BRIGHTEST = 0.25, 0.70
_TINT = 0.06


def redecorated(room: Room, random: np.random.Generator) -> Room:
    """Returns a room with the same things in the same places, and all else drawn anew.

    The ranges include those of `make_room`, so rooms of a seed look like some of these.
    """
    return replace(
        room,
        floor=_dull(random),
        walls=_dull(random),
        floor_pattern=str(random.choice((*FLOOR_PATTERNS, *FURTHER_FLOOR_PATTERNS))),
        wall_pattern=str(random.choice((*WALL_PATTERNS, *FURTHER_WALL_PATTERNS))),
        light=_light(random),
    )


def _dull(random: np.random.Generator) -> Rgb:
    """A grey with a slight tint: none of the objects' colours."""
    grey = random.uniform(_DIMMEST, _BRIGHTEST)
    red, green, blue = np.clip(grey + random.uniform(-_TINT, _TINT, 3), 0.0, 1.0)
    return float(red), float(green), float(blue)


def _light(random: np.random.Generator) -> Light:
    heading, slope = random.uniform(-math.pi, math.pi), random.uniform(0.2, 0.95)
    return Light(
        ambient=float(random.uniform(0.36, 0.60)),
        headlight=float(random.uniform(0.16, 0.45)),
        diffuse=float(random.uniform(0.10, 0.55)),
        direction=(
            slope * math.cos(heading),
            slope * math.sin(heading),
            -math.sqrt(1 - slope**2),
        ),
    )
