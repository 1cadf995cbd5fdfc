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
        # A border that is never free spares the question whether a cell is inside the room.
        self._clearance: list[list[float]] = np.pad(
            self.clearance, 1, constant_values=-1.0
        ).tolist()
        self._is_free: list[list[bool]] = np.pad(self.free, 1).tolist()
        # Room to spare is worth a detour: turning on the spot swings the hind legs.
        self._price: list[list[float]] = (
            1.0 + np.maximum(0.0, 0.5 - np.pad(self.clearance, 1))
        ).tolist()

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
        ahead: list[list[float]] = np.pad(left, 1).tolist()
        wanted: list[list[bool]] = np.pad(goals, 1).tolist()
        is_free, prices, clearance = self._is_free, self._price, self._clearance
        begin = (start[0] + 1, start[1] + 1)
        best: dict[Cell, float] = {begin: 0.0}
        came: dict[Cell, Cell] = {}
        queue: list[tuple[float, float, Cell]] = [(ahead[begin[0]][begin[1]], 0.0, begin)]
        while queue:
            _, cost, cell = heapq.heappop(queue)
            column, row = cell
            if wanted[column][row]:
                return [(x - 1, y - 1) for x, y in _trace(came, cell)]
            if cost > best[cell]:
                continue
            for dx, dy, length in _STEPS:
                x, y = column + dx, row + dy
                if not is_free[x][y] and (
                    is_free[column][row] or clearance[x][y] <= clearance[column][row]
                ):
                    continue
                total = cost + length * prices[x][y]
                after = (x, y)
                if total < best.get(after, math.inf):
                    best[after] = total
                    came[after] = cell
                    heapq.heappush(queue, (total + ahead[x][y], total, after))
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


def _trace(came: dict[Cell, Cell], cell: Cell) -> list[Cell]:
    path = [cell]
    while path[-1] in came:
        path.append(came[path[-1]])
    return path[::-1]
