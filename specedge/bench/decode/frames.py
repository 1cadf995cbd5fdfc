"""What is decoded: consecutive frames of closed-loop episodes, and what the target says to them."""

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from specedge.bench.decode.errors import BadBench
from specedge.bench.decode.reference import ReferenceTarget
from specedge.bench.robot.driver import FRAME_SIZE
from specedge.commands import Command, Context, parse
from specedge.decoding.acceptance import Sampling
from specedge.emulation.spoil import frame_key
from specedge.sim.episode import run_episode
from specedge.sim.room import make_room
from specedge.sim.world import World

TURNS = 6
"""Frames of one episode; then the next room follows."""
_JPEG_QUALITY = 90

View = tuple[bytes, Context]
"""A JPEG picture, and what else a turn knows."""


@dataclass(frozen=True)
class BenchFrame:
    """One frame and the text that every exact mode must give for it.

    Attributes:
        jpeg: The picture.
        context: The goal, and the target's own command for the frame before it.
        sampling: Temperature and seed of its turn.
        choices, tokens: The target's, decoded token by token within one process; the second with
            what the grammar forces.
    """

    jpeg: bytes
    context: Context
    sampling: Sampling
    choices: tuple[int, ...]
    tokens: tuple[int, ...]

    @property
    def key(self) -> str:
        """Names the frame to the process that spoils drafts."""
        return frame_key(self.jpeg, self.context)


def with_reference(
    views: Iterable[View], target: ReferenceTarget, count: int, temperature: float, seed: int
) -> list[BenchFrame]:
    """Has the target decode the first ``count`` views.

    Raises:
        BadBench: there is none.
    """
    frames = []
    for index, (jpeg, context) in enumerate(itertools.islice(views, count)):
        sampling = Sampling(temperature, seed=seed * 100_003 + index)
        state = target.decode(jpeg, context, sampling)
        frames.append(
            BenchFrame(jpeg, context, sampling, tuple(state.choices), tuple(state.tokens))
        )
    if not frames:
        raise BadBench("there is no frame to decode; does the bag hold images?")
    return frames


def simulated_views(target: ReferenceTarget, first_room: int) -> Iterator[View]:
    """Yields what the robot sees while the target drives it, room after room, without end."""
    with World(make_room(first_room)) as world:
        for seed in itertools.count(first_room):
            room = make_room(seed)
            goal = random.Random(seed).choice(room.objects).name
            seen: list[View] = []

            def policy(frame: np.ndarray, context: Context, seen: list[View] = seen) -> Command:
                jpeg = io.BytesIO()
                Image.fromarray(frame).save(jpeg, "JPEG", quality=_JPEG_QUALITY)
                seen.append((jpeg.getvalue(), context))
                return parse(target.decode(jpeg.getvalue(), context, Sampling()).text())

            run_episode(world, room, goal, policy, most_turns=TURNS, frame_size=FRAME_SIZE)
            yield from seen
