"""What ``specedge bench decode`` is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from specedge.bench.decode.errors import BadBench
from specedge.bench.decode.points import NATIVE, Point, find_regime, grid
from specedge.decoding.acceptance import HOTTEST
from specedge.edge.modes import find_mode
from specedge.edge.settings import LONGEST_GAMMA, Source
from specedge.outputs import require_folder, require_writable

DEFAULT_MODES = ("cloud", "speculative", "preemptive", "streaming")
FRAMES, GRID_FRAMES = 24, 8
"""How many frames are decoded at one point if nobody says; fewer where there are many points."""
WARM_UP = 3
"""Turns of each mode before those that count: the running estimates settle within them."""


@dataclass(frozen=True)
class BenchOptions:
    """What is measured, and how.

    Attributes:
        regime: One of `REGIMES`; without effect on a grid.
        grid: Whether all points of the grid are measured instead.
        modes: To be compared; ``cloud`` is measured in any case.
        frames: How many frames are decoded at each point, by every mode.
        alpha: Drafted tokens are spoiled until one is right with this probability; None to leave
            them as they are.
        without: Sources of candidates that ``streaming`` has to do without.
        ablation: Whether ``streaming`` is measured with each source alone and without each, too.
        time_scale: What all emulated times are multiplied by; 0 to choose it for each point.
        temperature: Of the decoding.
        seed: Of the frames, the noise and the spoiling.
        gamma: Choices to draft for one verification; 0 to let measured costs decide.
        patience: How long ``streaming`` waits for a hint that should save a pass, from 0 (lowest
            latency) to 1 (fewest passes).
        models: Folder with ``target`` and ``draft``; None for the nano pair.
        bag: Where frames come from instead of the simulator.
        goal: The sentence for frames of a bag that has none.
        netem: Whether the kernel makes the link instead of the relay.
        json_file, plot, timeline: Where results are written; None for nowhere.
    """

    regime: str = NATIVE
    grid: bool = False
    modes: tuple[str, ...] = DEFAULT_MODES
    frames: int = FRAMES
    alpha: float | None = None
    without: frozenset[Source] = frozenset()
    ablation: bool = False
    time_scale: float = 0.0
    temperature: float = 0.0
    seed: int = 0
    gamma: int = 0
    patience: float = 0.0
    models: Path | None = None
    bag: Path | None = None
    goal: str = ""
    netem: bool = False
    json_file: Path | None = None
    plot: Path | None = None
    timeline: Path | None = None

    def __post_init__(self) -> None:
        find_regime(self.regime)
        for mode in self.modes:
            find_mode(mode)
        _require("--frames", self.frames, 1, 10_000)
        if self.alpha is not None:
            _require("--alpha", self.alpha, 0.0, 1.0)
        if self.time_scale != 0.0:
            _require("--time-scale", self.time_scale, 0.01, 100.0)
        _require("--temperature", self.temperature, 0.0, HOTTEST)
        _require("--seed", self.seed, 0, 2**31 - 1)
        _require("--gamma", self.gamma, 0, LONGEST_GAMMA)
        _require("--patience", self.patience, 0.0, 1.0)
        if self.netem and self.points() == [None]:
            raise BadBench("--netem needs a link to emulate; give a --regime other than native")
        if self.grid and self.timeline is not None:
            raise BadBench("--timeline shows one point; give a --regime instead of --grid")
        if self.grid and self.regime != NATIVE:
            raise BadBench("--grid measures points of its own; leave out --regime")
        if self.time_scale and self.points() == [None]:
            raise BadBench("--time-scale is of emulated times; give a --regime other than native")
        if self.ablation and (self.without or self.modes != DEFAULT_MODES):
            raise BadBench("--ablation chooses what is compared; leave out --modes and --without")
        if self.goal and self.bag is None:
            raise BadBench("--goal is for the frames of a --bag; the simulator's have their own")
        if self.bag is not None and not self.bag.exists():
            raise BadBench(f"--bag {self.bag} is not there")
        for name, file in (("--json", self.json_file), ("--plot", self.plot)):
            require_writable(name, file)
        if self.timeline is not None:
            require_folder("--timeline", self.timeline)

    def points(self) -> list[Point | None]:
        """Returns where to measure; None is this machine as it is."""
        return list(grid()) if self.grid else [find_regime(self.regime)]


def _require(name: str, value: float, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise BadBench(f"{name} {value:g} is outside {least:g} to {most:g}")
