"""Rooms made from a seed: what stands where, under which light. Pure data, no rendering."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from specedge.errors import SpecedgeError
from specedge.sim.objects import COLOURS, KINDS, Kind, Rgb

FEWEST_OBJECTS, MOST_OBJECTS = 3, 7
SMALLEST_ROOM, LARGEST_ROOM = 5.0, 6.5
"""Range of the inner extents, m."""
WALL_HEIGHT = 2.2
"""m."""
REACHED_WITHIN = 0.8
"""An object is reached at most so far from the base to its footprint's nearest edge, m."""
FACING_WITHIN = math.radians(20)
"""And when it lies at most so far from the robot's heading, rad."""
USUAL_SEED = 64
"""Of the room that is simulated when none is asked for: it has the red chair of all examples."""
_ATTEMPTS = 400

FLOOR_PATTERNS = ("plain", "checker", "tiles", "speckle")
WALL_PATTERNS = ("plain", "gradient", "panels")
FURTHER_FLOOR_PATTERNS = ("boards", "crosses", "gravel")
FURTHER_WALL_PATTERNS = ("crosses", "speckle", "stripes")
"""Only training shows these: rooms of a seed stay as they are, however many looks are learnt."""


class NoSuchObject(SpecedgeError):
    """A room is asked for an object that no room can have."""


@dataclass(frozen=True)
class Pose:
    """Where the robot's base is: m, m and rad, counter-clockwise, in the room's frame."""

    x: float
    y: float
    yaw: float


@dataclass(frozen=True)
class PlacedObject:
    """One object of a room; lengths in m, angles in rad, in the room's frame."""

    kind: str
    colour: str
    x: float
    y: float
    yaw: float
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.colour not in COLOURS:
            raise NoSuchObject(
                f"there is no {self.colour} {self.kind}; kinds: {', '.join(KINDS)}; "
                f"colours: {', '.join(COLOURS)}"
            )

    @property
    def name(self) -> str:
        """What people call it, such as ``red chair``."""
        return f"{self.colour} {self.kind}"

    @property
    def shape(self) -> Kind:
        """The parts that it is drawn with."""
        return KINDS[self.kind]

    @property
    def half_x(self) -> float:
        """Half extent of the footprint along the object's own x."""
        return self.shape.half_x * self.scale

    @property
    def half_y(self) -> float:
        """Half extent of the footprint along the object's own y."""
        return self.shape.half_y * self.scale

    @property
    def height(self) -> float:
        """Height above the floor."""
        return self.shape.height * self.scale

    @property
    def radius(self) -> float:
        """Radius of the circle around the footprint."""
        return self.half_x if self.shape.round else math.hypot(self.half_x, self.half_y)

    def distance(self, x: np.ndarray | float, y: np.ndarray | float) -> np.ndarray:
        """Distance of points to the footprint's nearest edge, m; 0 inside it."""
        east, north = np.asarray(x, float) - self.x, np.asarray(y, float) - self.y
        if self.shape.round:
            return np.maximum(np.hypot(east, north) - self.half_x, 0.0)
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        along = np.abs(cosine * east + sine * north) - self.half_x
        across = np.abs(cosine * north - sine * east) - self.half_y
        return np.hypot(np.maximum(along, 0.0), np.maximum(across, 0.0))


@dataclass(frozen=True)
class Light:
    """Ambient and diffuse strength, 0 to 1, and where the lamp's rays go (unit vector)."""

    ambient: float
    headlight: float
    diffuse: float
    direction: tuple[float, float, float]


@dataclass(frozen=True)
class Room:
    """A rectangular room around the origin of its frame.

    Attributes:
        seed: What it was made from.
        size: Inner extents along x and y, m.
        objects: Every name occurs once.
        start: Where the robot begins.
        floor, walls: Colours.
        floor_pattern, wall_pattern: Entries of `FLOOR_PATTERNS` and `WALL_PATTERNS`, or of the
            further ones.
    """

    seed: int
    size: tuple[float, float]
    objects: tuple[PlacedObject, ...]
    start: Pose
    floor: Rgb
    walls: Rgb
    floor_pattern: str
    wall_pattern: str
    light: Light

    def __post_init__(self) -> None:
        if len(self.objects) > MOST_OBJECTS:
            raise ValueError(f"a room has at most {MOST_OBJECTS} objects")
        names = [item.name for item in self.objects]
        if len(set(names)) < len(names):
            raise ValueError(f"a name occurs twice among {names}")

    def find(self, name: str) -> int | None:
        """Returns the index of the object with that name, or None.

        A kind alone, such as ``door``, names the only one of its kind.
        """
        found = [index for index, item in enumerate(self.objects) if item.name == name]
        if not found:
            found = [index for index, item in enumerate(self.objects) if item.kind == name]
        return found[0] if len(found) == 1 else None

    def clearance(self, x: np.ndarray | float, y: np.ndarray | float) -> np.ndarray:
        """Distance of points to the nearest wall or footprint, m; at most 0 beyond a wall."""
        half_x, half_y = self.size[0] / 2, self.size[1] / 2
        nearest = np.minimum(half_x - np.abs(x), half_y - np.abs(y))
        for item in self.objects:
            nearest = np.minimum(nearest, item.distance(x, y))
        return nearest


def relative(pose: Pose, item: PlacedObject) -> tuple[float, float]:
    """Where an object is, seen from the robot.

    Returns:
        Bearing of its centre from the robot's heading (rad, positive to the left), and distance
        from the robot's base to the nearest edge of its footprint (m).
    """
    bearing = math.atan2(item.y - pose.y, item.x - pose.x) - pose.yaw
    return math.remainder(bearing, 2 * math.pi), float(item.distance(pose.x, pose.y))


def object_reached(room: Room, pose: Pose, goal: str) -> str:
    """Returns the name of the object that a robot stands before, facing it; empty for none.

    Where it stands before several, the goal is the one that counts, then the nearest.
    """
    before = []
    for item in room.objects:
        bearing, distance = relative(pose, item)
        if distance <= REACHED_WITHIN and abs(bearing) <= FACING_WITHIN:
            before.append((item.name != goal, distance, item.name))
    return min(before)[2] if before else ""


def make_room(seed: int, required: str | None = None) -> Room:
    """Makes a room in which every object can be reached.

    Args:
        seed: The same seed makes the same room.
        required: A name such as ``red chair`` that the room must have.

    Raises:
        NoSuchObject: `required` names no kind or no colour of ours.
    """
    from specedge.sim.making import RoomMaker

    if required is not None:
        colour, _, kind = required.partition(" ")
        PlacedObject(kind, colour, 0.0, 0.0, 0.0)
    generator = np.random.default_rng(seed)
    for _ in range(_ATTEMPTS):
        room = RoomMaker(generator, seed, required).attempt()
        if room is not None:
            return room
    raise AssertionError(f"no room for seed {seed} in {_ATTEMPTS} attempts")
