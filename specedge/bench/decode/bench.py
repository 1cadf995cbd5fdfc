"""The whole measurement: frames, what things really cost, then all modes at each point."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from specedge.bench.decode.contenders import contenders
from specedge.bench.decode.figures import Row, rows
from specedge.bench.decode.frames import BenchFrame, View, simulated_views, with_reference
from specedge.bench.decode.generate import GenerateBaseline
from specedge.bench.decode.options import WARM_UP, BenchOptions
from specedge.bench.decode.plot import plot
from specedge.bench.decode.points import Point
from specedge.bench.decode.reference import Measured, ReferenceTarget, measure
from specedge.bench.decode.report import report
from specedge.bench.decode.run import PointResult, run_point
from specedge.bench.decode.scaling import time_scale
from specedge.bench.decode.stage import Stage
from specedge.bench.decode.timeline import draw_timelines
from specedge.decoding.draft import DraftEngine
from specedge.models.loading import load_model
from specedge.models.tokenizer import locate
from specedge.paths import shared


def run(options: BenchOptions, console: Console) -> dict[str, Any]:
    """Measures what was asked for and returns the report; progress goes to the console.

    Raises:
        SpecedgeError: a model, a process or a turn failed.
    """
    import torch

    torch.set_num_threads(1)
    models = options.models or shared("models", "nano")
    target, draft = str(models / "target"), str(models / "draft")
    for model in (target, draft):
        locate(model, "config.json")
    who = contenders(options)
    found: list[Row] = []
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("frames", total=options.frames)
        reference = ReferenceTarget(target)
        frames = _frames(options, reference)
        progress.update(task, completed=len(frames), total=len(frames))
        measured = measure(reference, _draft_engine(draft, reference), frames)
        generate = GenerateBaseline(reference)
        with Stage(target, draft, options) as stage:
            alpha_had = _spoil(stage, options, measured, frames)
            for point in options.points():
                scale = _scale(options, point, measured)
                turns = len(who) * (len(frames) + WARM_UP)
                progress.reset(task, total=turns, description=_name(point))
                # Only where nothing is stretched can `generate` be compared.
                native = point is None and options.temperature == 0.0
                result: PointResult = run_point(
                    stage,
                    point,
                    scale,
                    who,
                    frames,
                    on_turn=lambda: progress.advance(task),
                    between=generate if native else lambda frame: None,
                )
                found += rows(result, frames, measured.costs)
                if options.timeline is not None:
                    draw_timelines(result, options.timeline)
    names = (target, draft)
    content = report(options, len(frames), measured, alpha_had, found, generate.texts, names)
    if options.json_file is not None:
        options.json_file.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")
    if options.plot is not None:
        plot(content, options.plot)
    return content


def _frames(options: BenchOptions, target: ReferenceTarget) -> list[BenchFrame]:
    views = _views(options, target)
    return with_reference(views, target, options.frames, options.temperature, options.seed)


def _views(options: BenchOptions, target: ReferenceTarget) -> Iterator[View]:
    if options.bag is None:
        return simulated_views(target, first_room=options.seed + 1)
    from specedge.bench.decode.bag_frames import bag_views

    return bag_views(options.bag, options.goal, target)


def _draft_engine(draft: str, target: ReferenceTarget) -> DraftEngine:
    return DraftEngine(load_model(draft), target.engine.grammar)


def _spoil(
    stage: Stage, options: BenchOptions, measured: Measured, frames: list[BenchFrame]
) -> float | None:
    """Spoils the draft if asked to; returns how often it is right then."""
    if options.alpha is None:
        return None
    share = measured.draft_share
    if options.alpha >= share:
        return share
    stage.spoil(options.alpha / share, {frame.key: frame.choices for frame in frames})
    return options.alpha


def _scale(options: BenchOptions, point: Point | None, measured: Measured) -> float:
    if point is None:
        return 1.0
    return options.time_scale or time_scale(point, measured.costs)


def _name(point: Point | None) -> str:
    if point is None:
        return "native"
    return f"{point.round_trip_ms:g} ms away, {point.target_ms:g} ms a pass"
