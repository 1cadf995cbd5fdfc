"""Draws the path that the robot walked over its room, seen from above."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from specedge.sim.objects import COLOURS
from specedge.sim.room import REACHED_WITHIN, PlacedObject, Room
from specedge.stack.truth import Moment

INCHES_PER_METRE = 1.1
DOTS_PER_INCH = 110
WALL_MARGIN_M = 0.15
SLOWEST_SCALE_M_PER_S = 0.3


def draw(room: Room, moments: Sequence[Moment], name: str, title: str, file: Path) -> None:
    """Writes a picture of the room, its objects and the path, coloured by speed.

    Args:
        room: Where it happened.
        moments: The simulator's record, at least one.
        name: The named object, ringed where it counts as reached; may be empty.
        title: Stands above the picture.
        file: Where to write it; its suffix chooses the format.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure

    width, depth = room.size
    figure = Figure(figsize=(INCHES_PER_METRE * width + 1.6, INCHES_PER_METRE * depth + 0.8))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _draw_room(axes, room)
    for item in room.objects:
        _draw_object(axes, item, ringed=item.name == name)

    points = [(moment.pose.x, moment.pose.y) for moment in moments]
    path = LineCollection(
        list(itertools.pairwise(points)),
        array=[moment.speed for moment in moments[:-1]],
        cmap="viridis",
        linewidths=2.5,
        zorder=4,
    )
    path.set_clim(0.0, max(SLOWEST_SCALE_M_PER_S, *(moment.speed for moment in moments)))
    axes.add_collection(path)
    figure.colorbar(path, ax=axes, label="speed, m/s", shrink=0.8)
    _draw_pose(axes, moments[0], "start", "white")
    _draw_pose(axes, moments[-1], "end", "black")

    axes.set_title(title, wrap=True)
    axes.set_xlabel("x, m")
    axes.set_ylabel("y, m")
    figure.savefig(file, dpi=DOTS_PER_INCH, bbox_inches="tight")


def _draw_room(axes: Any, room: Room) -> None:
    from matplotlib.patches import Rectangle

    width, depth = room.size
    corner = (-width / 2, -depth / 2)
    axes.add_patch(
        Rectangle(corner, width, depth, facecolor="0.93", edgecolor="0.25", linewidth=3, zorder=0)
    )
    axes.set_xlim(-width / 2 - WALL_MARGIN_M, width / 2 + WALL_MARGIN_M)
    axes.set_ylim(-depth / 2 - WALL_MARGIN_M, depth / 2 + WALL_MARGIN_M)
    axes.set_aspect("equal")


def _draw_object(axes: Any, item: PlacedObject, *, ringed: bool) -> None:
    from matplotlib.patches import Circle, Polygon

    colour = COLOURS[item.colour]
    look: dict[str, Any] = {"facecolor": colour, "edgecolor": "0.2", "linewidth": 1.0, "zorder": 2}
    if item.shape.round:
        axes.add_patch(Circle((item.x, item.y), item.half_x, **look))
    else:
        axes.add_patch(Polygon(_corners(item), **look))
    axes.annotate(
        item.name,
        (item.x, item.y - item.radius),
        xytext=(0, -4),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=8,
        zorder=6,
    )
    if ringed:
        ring = _outline_at(item, REACHED_WITHIN)
        axes.add_patch(
            Polygon(ring, fill=False, edgecolor=colour, linestyle="--", linewidth=1.5, zorder=1)
        )


def _corners(item: PlacedObject) -> list[tuple[float, float]]:
    return [
        _placed(item, x, y)
        for x, y in (
            (item.half_x, item.half_y),
            (-item.half_x, item.half_y),
            (-item.half_x, -item.half_y),
            (item.half_x, -item.half_y),
        )
    ]


def _outline_at(item: PlacedObject, distance: float) -> list[tuple[float, float]]:
    """Points at that distance from the edge of the footprint, all the way round."""
    core_x, core_y = (0.0, 0.0) if item.shape.round else (item.half_x, item.half_y)
    reach = distance + (item.half_x if item.shape.round else 0.0)
    outline = []
    for step in range(120):
        angle = 2 * math.pi * step / 120
        x = math.copysign(core_x, math.cos(angle)) + reach * math.cos(angle)
        y = math.copysign(core_y, math.sin(angle)) + reach * math.sin(angle)
        outline.append(_placed(item, x, y))
    return outline


def _placed(item: PlacedObject, x: float, y: float) -> tuple[float, float]:
    cosine, sine = math.cos(item.yaw), math.sin(item.yaw)
    return item.x + cosine * x - sine * y, item.y + sine * x + cosine * y


def _draw_pose(axes: Any, moment: Moment, label: str, colour: str) -> None:
    pose = moment.pose
    axes.plot(pose.x, pose.y, "o", color=colour, markeredgecolor="black", markersize=9, zorder=5)
    axes.annotate(
        "",
        (pose.x + 0.35 * math.cos(pose.yaw), pose.y + 0.35 * math.sin(pose.yaw)),
        (pose.x, pose.y),
        arrowprops={"arrowstyle": "->", "linewidth": 1.6},
        zorder=5,
    )
    axes.annotate(
        label, (pose.x, pose.y), xytext=(8, 8), textcoords="offset points", fontsize=9, zorder=6
    )
