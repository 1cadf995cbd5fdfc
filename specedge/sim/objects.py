"""The things that stand in a room: their shapes, footprints and colours.

Every shape is made of primitives; sizes are metres. An object's frame has its origin on the floor
at the centre of its footprint, x towards its front, z up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Rgb = tuple[float, float, float]
Vector = tuple[float, float, float]

COLOURS: Mapping[str, Rgb] = MappingProxyType(
    {
        "red": (0.85, 0.06, 0.06),
        "green": (0.05, 0.55, 0.10),
        "blue": (0.08, 0.18, 0.85),
        "yellow": (0.95, 0.88, 0.05),
        "orange": (1.00, 0.45, 0.02),
        "purple": (0.48, 0.10, 0.68),
        "white": (0.97, 0.97, 0.97),
    }
)
"""Name to RGB, each 0 to 1; chosen to stay apart under every light of a room."""

BROWN: Rgb = (0.30, 0.18, 0.10)
GREY: Rgb = (0.62, 0.62, 0.60)
DARK: Rgb = (0.10, 0.10, 0.11)


@dataclass(frozen=True)
class Part:
    """One primitive of an object.

    Attributes:
        shape: ``box``, ``sphere``, ``cylinder``, ``ellipsoid`` or the name of a `FRUSTUMS` entry.
        size: Half extents (box, ellipsoid), radius (sphere) or radius and half height (cylinder).
        at: Centre in the object's frame, m.
        lean: Angle from the vertical, rad, towards `heading`.
        heading: Direction of the lean about the vertical, rad.
        shade: Factor on the object's colour.
        paint: A colour of its own, instead of the object's.
    """

    shape: str
    size: Vector
    at: Vector
    lean: float = 0.0
    heading: float = 0.0
    shade: float = 1.0
    paint: Rgb | None = None


@dataclass(frozen=True)
class Frustum:
    """A cone cut off, standing on its base at z = 0; radii and height in m."""

    bottom: float
    top: float
    height: float


FRUSTUMS: Mapping[str, Frustum] = MappingProxyType(
    {
        "cone": Frustum(0.19, 0.025, 0.55),
        "band": Frustum(0.142, 0.098, 0.14),
        "lampshade": Frustum(0.22, 0.13, 0.30),
        "bin": Frustum(0.15, 0.21, 0.50),
        "pot": Frustum(0.11, 0.15, 0.20),
    }
)
"""The shapes that are no primitive of MuJoCo."""


@dataclass(frozen=True)
class Kind:
    """One kind of thing.

    Attributes:
        name: What it is called.
        half_x, half_y: Half extents of its footprint, m.
        round: Whether the footprint is a circle of radius `half_x` rather than a rectangle.
        height: m.
        parts: What it is drawn with.
        on_wall: Whether it hangs on a wall, its front to the room.
    """

    name: str
    half_x: float
    half_y: float
    height: float
    parts: tuple[Part, ...]
    round: bool = False
    on_wall: bool = False


def _legs(x: float, y: float, height: float, thickness: float) -> tuple[Part, ...]:
    half = (thickness, thickness, height / 2)
    corners = ((x, y), (x, -y), (-x, y), (-x, -y))
    return tuple(Part("box", half, (cx, cy, height / 2), shade=0.8) for cx, cy in corners)


def _leaf(turn: float) -> Part:
    lean, length = math.radians(38), 0.30
    reach, rise = length * math.sin(lean), length * math.cos(lean)
    centre = (0.8 * reach * math.cos(turn), 0.8 * reach * math.sin(turn), 0.20 + rise)
    shade = 0.85 if round(turn / math.pi * 2.5) % 2 else 1.0
    return Part("ellipsoid", (0.075, 0.075, length), centre, lean, turn, shade)


_NONE = (0.0, 0.0, 0.0)

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind(
                "chair",
                0.23,
                0.23,
                0.86,
                (
                    Part("box", (0.23, 0.23, 0.03), (0, 0, 0.43)),
                    Part("box", (0.03, 0.23, 0.21), (-0.20, 0, 0.65), shade=0.92),
                    *_legs(0.19, 0.19, 0.41, 0.032),
                ),
            ),
            Kind(
                "table",
                0.38,
                0.48,
                0.50,
                (
                    Part("box", (0.38, 0.48, 0.035), (0, 0, 0.465)),
                    Part("box", (0.33, 0.43, 0.03), (0, 0, 0.41), shade=0.75),
                    *_legs(0.33, 0.43, 0.40, 0.04),
                ),
            ),
            Kind(
                "ball", 0.22, 0.22, 0.44, (Part("sphere", (0.22, 0, 0), (0, 0, 0.22)),), round=True
            ),
            Kind(
                "box",
                0.23,
                0.28,
                0.40,
                (
                    Part("box", (0.22, 0.27, 0.17), (0, 0, 0.17)),
                    Part("box", (0.23, 0.28, 0.03), (0, 0, 0.37), shade=0.8),
                ),
            ),
            Kind(
                "door",
                0.04,
                0.48,
                1.98,
                (
                    Part("box", (0.025, 0.40, 0.95), (0, 0, 0.95)),
                    Part("box", (0.01, 0.28, 0.32), (0.025, 0, 1.42), shade=0.75),
                    Part("box", (0.01, 0.28, 0.36), (0.025, 0, 0.50), shade=0.75),
                    Part("box", (0.04, 0.04, 0.99), (0, 0.44, 0.99), paint=GREY),
                    Part("box", (0.04, 0.04, 0.99), (0, -0.44, 0.99), paint=GREY),
                    Part("box", (0.04, 0.40, 0.04), (0, 0, 1.94), paint=GREY),
                    Part("sphere", (0.04, 0, 0), (0.05, 0.33, 0.95), paint=DARK),
                ),
                on_wall=True,
            ),
            Kind(
                "plant",
                0.24,
                0.24,
                0.80,
                (
                    Part("pot", _NONE, _NONE, paint=BROWN),
                    *(_leaf(2 * math.pi * step / 5) for step in range(5)),
                    Part("ellipsoid", (0.08, 0.08, 0.31), (0, 0, 0.49), shade=0.92),
                ),
                round=True,
            ),
            Kind(
                "lamp",
                0.22,
                0.22,
                0.82,
                (
                    Part("cylinder", (0.16, 0.02, 0), (0, 0, 0.02), shade=0.85),
                    Part("cylinder", (0.035, 0.26, 0), (0, 0, 0.28), shade=0.85),
                    Part("lampshade", _NONE, (0, 0, 0.52)),
                ),
                round=True,
            ),
            Kind(
                "sofa",
                0.40,
                0.72,
                0.78,
                (
                    Part("box", (0.40, 0.72, 0.15), (0, 0, 0.19), shade=0.8),
                    Part("box", (0.11, 0.72, 0.24), (-0.29, 0, 0.54), shade=0.9),
                    Part("box", (0.40, 0.10, 0.13), (0, 0.62, 0.45), shade=0.9),
                    Part("box", (0.40, 0.10, 0.13), (0, -0.62, 0.45), shade=0.9),
                    Part("box", (0.28, 0.25, 0.05), (0.11, 0.26, 0.38)),
                    Part("box", (0.28, 0.25, 0.05), (0.11, -0.26, 0.38)),
                ),
            ),
            Kind(
                "bin",
                0.21,
                0.21,
                0.53,
                (
                    Part("bin", _NONE, _NONE),
                    Part("cylinder", (0.22, 0.02, 0), (0, 0, 0.49), shade=0.7),
                    Part("cylinder", (0.19, 0.004, 0), (0, 0, 0.511), paint=DARK),
                ),
                round=True,
            ),
            Kind(
                "cone",
                0.23,
                0.23,
                0.57,
                (
                    Part("box", (0.23, 0.23, 0.02), (0, 0, 0.02), shade=0.85),
                    Part("cone", _NONE, (0, 0, 0.02)),
                    Part("band", _NONE, (0, 0, 0.20), paint=GREY),
                ),
            ),
        )
    }
)
"""Name to shape, of everything that can stand in a room."""

MOST_PARTS = max(len(kind.parts) for kind in KINDS.values())

SYNONYMS = {
    "sofa": ("sofa", "couch"),
    "bin": ("bin", "dustbin", "waste bin", "trash bin"),
    "plant": ("plant", "potted plant"),
    "cone": ("cone", "traffic cone"),
    "table": ("table", "desk"),
    "door": ("door", "entrance"),
}
"""What else people call things of a kind."""
