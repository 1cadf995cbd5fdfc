"""Gaps and lines of sight between footprints."""

from __future__ import annotations

import math

import numpy as np

from specedge.sim.room import PlacedObject, Room


def spacing(first: PlacedObject, second: PlacedObject) -> float:
    """A lower bound on the gap between two footprints, m."""
    x, y = outline(second)
    gap = float(first.distance(x, y).min())
    x, y = outline(first)
    return min(gap, float(second.distance(x, y).min()))


def outline(item: PlacedObject) -> tuple[np.ndarray, np.ndarray]:
    """Points along the border of a footprint, at most 0.2 m apart."""
    turns = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    along, across = np.cos(turns), np.sin(turns)
    if not item.shape.round:
        largest = np.maximum(np.abs(along), np.abs(across))
        along, across = along / largest, across / largest
    along, across = along * item.half_x, across * item.half_y
    cosine, sine = math.cos(item.yaw), math.sin(item.yaw)
    return item.x + cosine * along - sine * across, item.y + sine * along + cosine * across


def share_in_sight(room: Room, x: float, y: float, item: PlacedObject) -> float:
    """Returns the share of an object's outline that lines from a point reach, 0 to 1.

    Only footprints count: what is seen over a low object is left out.
    """
    shares = np.linspace(0.0, 1.0, 60)
    border_x, border_y = outline(item)
    lines_x = x + shares * (border_x[:, None] - x)
    lines_y = y + shares * (border_y[:, None] - y)
    open_lines = np.ones(len(border_x), bool)
    for other in room.objects:
        if other is not item:
            open_lines &= (other.distance(lines_x, lines_y) > 0.03).all(axis=1)
    return float(open_lines.mean())
