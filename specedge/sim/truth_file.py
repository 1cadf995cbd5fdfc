"""Writes down what really happens in the simulator, for the summary of a run."""

from __future__ import annotations

import json
from pathlib import Path

from specedge.sim.live import Moment

TRUTH_FILE = "truth.jsonl"
PERIOD = 0.05
"""Seconds of wall time between two lines."""


class TruthFile:
    """One JSON object a line, in the frame of the room: s, m, rad, m/s and rad/s.

    Args:
        folder: Where the file goes; None writes none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = None
        self._due = 0.0
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / TRUTH_FILE).open("w", buffering=1, encoding="utf-8")

    def write(self, now: float, moment: Moment) -> None:
        """Writes a line, unless the last one is newer than `PERIOD`.

        Args:
            now: Seconds since the epoch.
            moment: What is true now.
        """
        if self._file is None or now < self._due:
            return
        self._due = max(self._due + PERIOD, now)
        vx, vy, yaw_rate = moment.velocity
        line = {
            "time": now,
            "simulated": moment.time,
            "x": moment.pose.x,
            "y": moment.pose.y,
            "yaw": moment.pose.yaw,
            "vx": vx,
            "vy": vy,
            "yaw_rate": yaw_rate,
            "collisions": moment.collisions,
        }
        rounded = {name: round(value, 5) for name, value in line.items()}
        self._file.write(json.dumps(rounded) + "\n")

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> TruthFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
