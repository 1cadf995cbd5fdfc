"""A room as a grid of free cells, and paths through it."""

from __future__ import annotations

import heapq
import math

import numpy as np

from specedge.sim.room import PlacedObject, Room

CELL = 0.1
"""Edge of a cell, m."""

Cell = tuple[int, int]
_STEPS = tuple((dx, dy, math.hypot(dx, dy)) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)


class Grid:
    """Which cells of a room the base's centre may be in.

    Args:
        room: The room.
        radius: Clearance that the base's centre keeps from walls and footprints, m.
    """

    def __init__(self, room: Room, radius: float) -> None:
        columns, rows = (int(extent / CELL) for extent in room.size)
        self._x = (np.arange(columns) - (columns - 1) / 2) * CELL
        self._y = (np.arange(rows) - (rows - 1) / 2) * CELL
        self._east, self._north = np.meshgrid(self._x, self._y, indexing="ij")
        self.clearance = room.clearance(self._east, self._north)
        self.free = self.clearance >= radius
        # Searches ask cell by cell, for which lists are several times faster than arrays.
        self._clearance: list[list[float]] = self.clearance.tolist()
        self._is_free: list[list[bool]] = self.free.tolist()

    def cell(self, x: float, y: float) -> Cell:
        """Returns the cell of a point, or the nearest one at the border."""
        column = round((x - self._x[0]) / CELL)
        row = round((y - self._y[0]) / CELL)
        return (
            min(max(column, 0), len(self._x) - 1),
            min(max(row, 0), len(self._y) - 1),
        )

    def point(self, cell: Cell) -> tuple[float, float]:
        """Returns the centre of a cell, m."""
        return float(self._x[cell[0]]), float(self._y[cell[1]])

    def standoffs(self, item: PlacedObject, nearest: float, farthest: float) -> np.ndarray:
        """Returns a mask of the free cells whose distance to a footprint lies in a range (m)."""
        distance = item.distance(self._east, self._north)
        return self.free & (distance >= nearest) & (distance <= farthest)

    def reachable(self, start: Cell) -> np.ndarray:
        """Returns a mask of the cells that free cells connect to a start."""
        reached = np.zeros_like(self.free)
        if not self.free[start]:
            return reached
        reached[start] = True
        while True:
            grown = reached.copy()
            grown[1:] |= reached[:-1]
            grown[:-1] |= reached[1:]
            grown[:, 1:] |= reached[:, :-1]
            grown[:, :-1] |= reached[:, 1:]
            grown &= self.free
            if (grown == reached).all():
                return reached
            reached = grown

    def straight(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Whether the straight way between two points (m) is free; its first 0.15 m may not be."""
        length = math.dist(start, end)
        for along in np.arange(min(0.15, length), length, CELL / 2):
            share = along / length
            x = start[0] + share * (end[0] - start[0])
            y = start[1] + share * (end[1] - start[1])
            if not self.free[self.cell(x, y)]:
                return False
        return True

    def path(
        self, start: Cell, goals: np.ndarray, least_left: np.ndarray | None = None
    ) -> list[Cell]:
        """Returns the cheapest path from a start to any cell of a mask; empty if there is none.

        A start that is not free (the robot stands close to something) may leave through cells
        that are not free either, as long as they lead away from it.

        Args:
            start: Where the robot is.
            goals: Mask of the cells to end in.
            least_left: For each cell a number of cells that no way from there to a goal is shorter
                than; with it the search is faster (A*, Hart et al. 1968), not another.
        """
        left = np.zeros_like(self.clearance) if least_left is None else least_left
        ahead: list[list[float]] = left.tolist()
        wanted: list[list[bool]] = goals.tolist()
        best: dict[Cell, float] = {start: 0.0}
        came: dict[Cell, Cell] = {}
        queue: list[tuple[float, float, Cell]] = [(ahead[start[0]][start[1]], 0.0, start)]
        while queue:
            _, cost, cell = heapq.heappop(queue)
            if wanted[cell[0]][cell[1]]:
                return _trace(came, cell)
            if cost > best[cell]:
                continue
            for dx, dy, length in _STEPS:
                after = (cell[0] + dx, cell[1] + dy)
                if not self._may_enter(cell, after):
                    continue
                # Room to spare is worth a detour: turning on the spot swings the hind legs.
                price = length * (1.0 + max(0.0, 0.5 - self._clearance[after[0]][after[1]]))
                if cost + price < best.get(after, math.inf):
                    best[after] = cost + price
                    came[after] = cell
                    estimate = cost + price + ahead[after[0]][after[1]]
                    heapq.heappush(queue, (estimate, cost + price, after))
        return []

    def path_to(
        self, start: Cell, item: PlacedObject, nearest: float, farthest: float
    ) -> list[Cell]:
        """Returns the cheapest path to a place so far from a footprint (m); empty if there is none.

        Arguments as of `path` and `standoffs`.
        """
        distance = item.distance(self._east, self._north)
        left = np.maximum(distance - farthest, 0.0) / CELL
        return self.path(start, self.standoffs(item, nearest, farthest), left)

    def _may_enter(self, cell: Cell, after: Cell) -> bool:
        x, y = after
        if not (0 <= x < len(self._is_free) and 0 <= y < len(self._is_free[0])):
            return False
        if self._is_free[x][y]:
            return True
        clearance = self._clearance
        return not self._is_free[cell[0]][cell[1]] and clearance[x][y] > clearance[cell[0]][cell[1]]


def _trace(came: dict[Cell, Cell], cell: Cell) -> list[Cell]:
    path = [cell]
    while path[-1] in came:
        path.append(came[path[-1]])
    return path[::-1]
