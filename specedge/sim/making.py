"""Fills a room at random until everything in it can be seen and reached."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from specedge.sim.grid import Grid
from specedge.sim.objects import COLOURS, KINDS, Rgb
from specedge.sim.room import (
    FEWEST_OBJECTS,
    FLOOR_PATTERNS,
    LARGEST_ROOM,
    MOST_OBJECTS,
    SMALLEST_ROOM,
    WALL_PATTERNS,
    Light,
    PlacedObject,
    Pose,
    Room,
)
from specedge.sim.sight import share_in_sight, spacing

_GAP = 0.30
_START_CLEARANCE = 0.55
_PATH_CLEARANCE = 0.38
_STANDOFF = (0.50, 0.65)
_LEAST_IN_SIGHT = 0.4
_LARGE = frozenset({"sofa", "door", "table"})
_MOST_LARGE = 3
# Meshes have one size.
_MESHES = frozenset({"lamp", "plant", "bin", "cone"})

# Dull on purpose: no floor or wall may pass for one of the objects' colours.
_FLOORS: tuple[Rgb, ...] = (
    (0.45, 0.38, 0.31),
    (0.36, 0.36, 0.37),
    (0.55, 0.50, 0.43),
    (0.33, 0.29, 0.26),
    (0.47, 0.50, 0.52),
    (0.40, 0.44, 0.40),
)
_WALLS: tuple[Rgb, ...] = (
    (0.66, 0.63, 0.56),
    (0.56, 0.60, 0.64),
    (0.62, 0.62, 0.61),
    (0.55, 0.60, 0.54),
    (0.66, 0.58, 0.54),
    (0.50, 0.50, 0.54),
)


class RoomMaker:
    """Makes attempts at one room from a generator."""

    def __init__(self, generator: np.random.Generator, seed: int, required: str | None) -> None:
        self._random = generator
        self._seed = seed
        self._required = required

    def attempt(self) -> Room | None:
        """Returns a room, or None when what was drawn does not fit."""
        random = self._random
        size = (
            float(random.uniform(SMALLEST_ROOM, LARGEST_ROOM)),
            float(random.uniform(SMALLEST_ROOM, LARGEST_ROOM)),
        )
        names = self._names(int(random.integers(FEWEST_OBJECTS, MOST_OBJECTS + 1)))
        objects: list[PlacedObject] = []
        for colour, kind in names:
            item = self._place(colour, kind, size, objects)
            if item is None:
                return None
            objects.append(item)
        order = random.permutation(len(objects))
        furnished = Room(
            seed=self._seed,
            size=size,
            objects=tuple(objects[index] for index in order),
            start=Pose(0.0, 0.0, 0.0),
            floor=self._tint(_FLOORS),
            walls=self._tint(_WALLS),
            floor_pattern=str(random.choice(FLOOR_PATTERNS)),
            wall_pattern=str(random.choice(WALL_PATTERNS)),
            light=self._light(),
        )
        return self._with_start(furnished)

    def _names(self, count: int) -> list[tuple[str, str]]:
        """Draws names; about half share a colour or a kind with an earlier one, to mislead."""
        names: list[tuple[str, str]] = []
        if self._required is not None:
            colour, _, kind = self._required.partition(" ")
            names.append((colour, kind))
        while len(names) < count:
            colour = str(self._random.choice(list(COLOURS)))
            kind = str(self._random.choice(list(KINDS)))
            if names and self._random.random() < 0.5:
                other = names[int(self._random.integers(len(names)))]
                colour, kind = (
                    (other[0], kind) if self._random.random() < 0.5 else (colour, other[1])
                )
            large = [name for name in names if name[1] in _LARGE]
            if kind in _LARGE and len(large) >= _MOST_LARGE:
                continue
            if (colour, kind) not in names:
                names.append((colour, kind))
        return names

    def _place(
        self, colour: str, kind: str, size: tuple[float, float], others: list[PlacedObject]
    ) -> PlacedObject | None:
        for _ in range(40):
            item = self._draw(colour, kind, size)
            gap = min((spacing(item, other) for other in others), default=math.inf)
            if gap >= _GAP:
                return item
        return None

    def _draw(self, colour: str, kind: str, size: tuple[float, float]) -> PlacedObject:
        random = self._random
        shape = KINDS[kind]
        if shape.on_wall:
            side = int(random.integers(4))
            depth, width = size if side % 2 == 0 else size[::-1]
            yaw = math.pi + side * math.pi / 2
            out = depth / 2 - shape.half_x
            along = random.uniform(-1, 1) * (width / 2 - shape.half_y - 0.6)
            turn = side * math.pi / 2
            x = out * math.cos(turn) - along * math.sin(turn)
            y = out * math.sin(turn) + along * math.cos(turn)
            return PlacedObject(kind, colour, x, y, math.remainder(yaw, 2 * math.pi))
        scale = 1.0 if kind in _MESHES else float(random.uniform(0.9, 1.15))
        margin = math.hypot(shape.half_x, shape.half_y) * scale + 0.05
        return PlacedObject(
            kind,
            colour,
            float(random.uniform(-1, 1) * (size[0] / 2 - margin)),
            float(random.uniform(-1, 1) * (size[1] / 2 - margin)),
            float(random.uniform(-math.pi, math.pi)),
            scale,
        )

    def _tint(self, palette: tuple[Rgb, ...]) -> Rgb:
        base = np.array(palette[int(self._random.integers(len(palette)))])
        red, green, blue = np.clip(base * self._random.uniform(0.85, 1.15), 0, 1)
        return float(red), float(green), float(blue)

    def _light(self) -> Light:
        random = self._random
        heading = random.uniform(-math.pi, math.pi)
        slope = random.uniform(0.3, 0.9)
        return Light(
            ambient=float(random.uniform(0.40, 0.55)),
            headlight=float(random.uniform(0.20, 0.40)),
            diffuse=float(random.uniform(0.20, 0.45)),
            direction=(
                slope * math.cos(heading),
                slope * math.sin(heading),
                -math.sqrt(1 - slope**2),
            ),
        )

    def _with_start(self, room: Room) -> Room | None:
        """Puts the robot where it can reach everything and see a part of everything."""
        grid = Grid(room, _PATH_CLEARANCE)
        goals = [grid.standoffs(item, *_STANDOFF) for item in room.objects]
        for _ in range(12):
            x = float(self._random.uniform(-0.5, 0.5) * (room.size[0] - 2 * _START_CLEARANCE))
            y = float(self._random.uniform(-0.5, 0.5) * (room.size[1] - 2 * _START_CLEARANCE))
            if room.clearance(x, y) < _START_CLEARANCE:
                continue
            reached = grid.reachable(grid.cell(x, y))
            if not all((reached & goal).any() for goal in goals):
                continue
            if all(share_in_sight(room, x, y, item) >= _LEAST_IN_SIGHT for item in room.objects):
                yaw = float(self._random.uniform(-math.pi, math.pi))
                return replace(room, start=Pose(x, y, yaw))
        return None
