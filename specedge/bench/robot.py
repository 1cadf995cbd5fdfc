"""Closed-loop episodes in simulated time: how often the robot reaches what it is told to."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from PIL import Image

from specedge.commands import Command, Context, grammar, parse
from specedge.decoding.acceptance import Sampling
from specedge.decoding.grammar import CommandGrammar
from specedge.decoding.target import TargetEngine
from specedge.models.loading import load_model
from specedge.sim.episode import Episode, run_episode
from specedge.sim.room import make_room
from specedge.sim.world import World

FRAME_SIZE = (640, 360)
"""Of the simulated robot's pictures, pixels."""
_JPEG_QUALITY = 90


class ModelPolicy:
    """One model's commands, decoded at temperature 0 within this process.

    With the target this is the text of every mode but ``edge``; with the draft it is that of
    ``edge``.

    Raises:
        ModelNotFound: the folder is not a model.
    """

    def __init__(self, model: Path) -> None:
        loaded = load_model(model)
        self._engine = TargetEngine(loaded, None, CommandGrammar(loaded.tokenizer, grammar()))
        self._never = threading.Event()

    def __call__(self, frame: np.ndarray, context: Context) -> Command:
        """Returns the command for a frame, uint8 [height, width, 3]."""
        jpeg = io.BytesIO()
        Image.fromarray(frame).save(jpeg, "JPEG", quality=_JPEG_QUALITY)
        turn = self._engine.begin(jpeg.getvalue(), context, Sampling(), self._never)
        while not turn.state.complete:
            turn.verify(turn.version, [])
        return parse(turn.state.text())

    def close(self) -> None:
        """Lets go of the model."""
        self._engine.close()

    def __enter__(self) -> ModelPolicy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True)
class EpisodeReport:
    """One episode and the seed of its room."""

    seed: int
    episode: Episode


def episodes(policy: ModelPolicy, first_seed: int, count: int) -> Iterator[EpisodeReport]:
    """Runs one episode in each of ``count`` rooms; the goal is one of the room's objects."""
    with World(make_room(first_seed)) as world:
        for seed in range(first_seed, first_seed + count):
            room = make_room(seed)
            goal = random.Random(seed).choice(room.objects).name
            yield EpisodeReport(seed, run_episode(world, room, goal, policy, frame_size=FRAME_SIZE))


def summary(reports: list[EpisodeReport]) -> dict[str, object]:
    """Returns the figures of ``specedge bench robot --json``."""
    return {
        "episodes": len(reports),
        "success": float(np.mean([report.episode.success for report in reports])),
        "spl": float(np.mean([report.episode.spl for report in reports])),
        "collisions": sum(report.episode.collisions for report in reports),
        "episodes_detail": [{"seed": report.seed, **asdict(report.episode)} for report in reports],
    }
