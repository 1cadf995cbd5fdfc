"""The whole measurement: frames, one verifier, and more and more robots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from specedge.bench.decode.contenders import CLOUD, STREAMING, Contender
from specedge.bench.decode.frames import simulated_views, with_reference
from specedge.bench.decode.options import BenchOptions
from specedge.bench.decode.reference import ReferenceTarget
from specedge.bench.decode.stage import Stage
from specedge.bench.verifier.measure import Load, measure, robot_counts
from specedge.edge.settings import SOURCES
from specedge.models.tokenizer import locate
from specedge.paths import shared

CONTENDERS = (
    Contender(CLOUD, CLOUD),
    # What the robots' own processors draft is theirs; here all of them would share this machine's.
    Contender(STREAMING, STREAMING, frozenset(SOURCES) - {"client"}),
)


def run(
    robots: int,
    frames: int,
    seed: int,
    models: Path | None,
    *,
    begun: Callable[[int], None],
    on_turn: Callable[[], None],
) -> list[Load]:
    """Measures one verifier with 1, 2, 4 and so on up to ``robots`` robots.

    Args:
        robots: How many at most.
        frames: Commands of each robot.
        seed: Of the rooms that the frames are of.
        models: Folder with ``target`` and ``draft``; None for the nano pair.
        begun: Called with the number of commands that will be decoded.
        on_turn: Called after each, by any thread.

    Raises:
        SpecedgeError: a model, a process or a turn failed.
    """
    import torch

    torch.set_num_threads(1)
    folder = models or shared("models", "nano")
    target, draft = str(folder / "target"), str(folder / "draft")
    for model in (target, draft):
        locate(model, "config.json")
    reference = ReferenceTarget(target)
    views = simulated_views(reference, first_room=seed + 1)
    decoded = with_reference(views, reference, frames, 0.0, seed)
    counts = robot_counts(robots)
    begun(len(CONTENDERS) * sum(counts) * len(decoded))
    with Stage(target, draft, BenchOptions(frames=frames, seed=seed, models=models)) as stage:
        return [
            measure(stage, contender, decoded, count, on_turn)
            for count in counts
            for contender in CONTENDERS
        ]
