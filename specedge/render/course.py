"""The course of a run, from its bag: where it went, how fast, and how long commands took."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specedge.nodes import topics
from specedge.render.errors import RenderError
from specedge.replay.bags import NANOSECONDS, BadMessage, Bag
from specedge.stack.summary import identity

MOST_POINTS = 4000
"""Of one line; more than a picture has columns."""


class Line:
    """Points of a line, thinned evenly when they become too many."""

    def __init__(self) -> None:
        self.points: tuple[array[float], array[float]] = (array("d"), array("d"))
        self._step = 1
        self._seen = 0

    def add(self, x: float, y: float) -> None:
        """Adds a point; coordinates that are no numbers are left out."""
        if not (math.isfinite(x) and math.isfinite(y)):
            return
        if self._seen % self._step == 0:
            for values, value in zip(self.points, (x, y), strict=True):
                values.append(value)
        self._seen += 1
        if len(self.points[0]) >= 2 * MOST_POINTS:
            self.points = (self.points[0][::2], self.points[1][::2])
            self._step *= 2

    def __len__(self) -> int:
        return len(self.points[0])


@dataclass
class Course:
    """Lines over the seconds since the bag began; m/s and s. ``path`` is y over x, m, in odom."""

    path: Line = field(default_factory=Line)
    speed: Line = field(default_factory=Line)
    wanted: Line = field(default_factory=Line)
    latency: Line = field(default_factory=Line)
    first_action: Line = field(default_factory=Line)


READ = (topics.ODOM, topics.MOTION, topics.STATUS)


def read_course(bag: Bag) -> Course:
    """Reads what the bag tells of motion and decoding; lines may stay empty."""
    course = Course()
    last: Any = None
    known = tuple(name for name in READ if bag.types.get(name) == topics.TYPES[name])
    for item in bag.messages(known):
        at = (item.received - bag.first) / NANOSECONDS
        try:
            message = item.read()
        except BadMessage:
            continue
        if item.topic == topics.ODOM:
            place, moved = message.pose.pose.position, message.twist.twist.linear
            course.path.add(place.x, place.y)
            course.speed.add(at, math.hypot(moved.x, moved.y))
        elif item.topic == topics.MOTION:
            sent = message.commanded.linear
            course.wanted.add(at, math.hypot(sent.x, sent.y))
        elif message.text and identity(message) != last:
            last = identity(message)
            course.latency.add(at, message.latency)
            course.first_action.add(at, message.first_action_latency)
    return course


def draw_speed(course: Course, title: str, file: Path) -> None:
    """Writes a picture of speed and latency over time; the suffix chooses the format.

    Raises:
        RenderError: the bag tells of neither.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not (course.speed or course.latency):
        raise RenderError("the bag has neither odometry nor decoded commands to draw")
    figure = Figure(figsize=(9.0, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    speed, latency = figure.subplots(2, 1, sharex=True)
    speed.plot(*course.speed.points, color="tab:blue", label="by odometry")
    speed.plot(*course.wanted.points, color="tab:orange", linestyle="--", label="commanded")
    speed.set_ylabel("speed, m/s")
    for line, marker, label in (
        (course.latency, "o", "whole command"),
        (course.first_action, "^", "first action"),
    ):
        milliseconds = [1000.0 * value for value in line.points[1]]
        look = {"linestyle": "none", "fillstyle": "none", "markersize": 6}
        latency.plot(line.points[0], milliseconds, marker, label=label, **look)
    latency.margins(y=0.2)
    latency.set_ylim(bottom=0.0)
    latency.set_ylabel("time to a command, ms")
    latency.set_xlabel("s since the bag began")
    for axes in (speed, latency):
        axes.grid(alpha=0.4)
        axes.legend(loc="upper right", fontsize=8)
    figure.suptitle(title, parse_math=False)
    _save(figure, file)


def draw_path(course: Course, title: str, file: Path) -> None:
    """Writes a picture of the path by odometry, where nobody knows the room.

    Raises:
        RenderError: the bag has no odometry.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not course.path:
        raise RenderError("the bag has no odometry to draw a path from")
    figure = Figure(figsize=(6.0, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    x, y = course.path.points
    axes.plot(x, y, color="tab:blue", linewidth=2.0)
    axes.plot(x[0], y[0], "o", color="white", markeredgecolor="black", label="start")
    axes.plot(x[-1], y[-1], "o", color="black", label="end")
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("x, m (odometry)")
    axes.set_ylabel("y, m")
    axes.grid(alpha=0.4)
    axes.legend(loc="upper right")
    axes.set_title(title, parse_math=False, wrap=True)
    _save(figure, file)


def _save(figure: Any, file: Path) -> None:
    try:
        figure.savefig(file, dpi=110)
    except OSError as error:
        raise RenderError(f"{file} cannot be written: {error.strerror}") from None
