"""``specedge replay``: a bag decoded again, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specedge.cli.combining import refuse
from specedge.cli.pair import VerifierKey

OF_A_CHOICE = (
    "goal",
    "image_topic",
    "goal_topic",
    "mode",
    "start",
    "duration",
    "every",
    "rate",
    "temperature",
    "seed",
    "report",
)


def replay(
    context: typer.Context,
    bag: Annotated[
        Path, typer.Argument(help="A rosbag2 folder, an MCAP, db3 or ROS 1 file, or a run folder.")
    ],
    goal: Annotated[
        str, typer.Option(help="The sentence to obey; else the goals in the bag.")
    ] = "",
    image_topic: Annotated[str, typer.Option(help="The camera; else found by its type.")] = "",
    goal_topic: Annotated[str, typer.Option(help="The goals; else found by their type.")] = "",
    mode: Annotated[
        str | None,
        typer.Option(
            help="How to decode: a mode, several with commas between, or all.", show_default=False
        ),
    ] = None,
    start: Annotated[float, typer.Option(help="Seconds after the first image.")] = 0.0,
    duration: Annotated[
        float | None, typer.Option(help="Seconds of the bag; else all of it.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            help="Decode each so many-th image; else those that a recorded run decided on, "
            "or every one."
        ),
    ] = None,
    rate: Annotated[
        float,
        typer.Option(
            help="Bag seconds per second: images that come while one is decoded are dropped. "
            "0 decodes them all."
        ),
    ] = 0.0,
    cloud: Annotated[
        str, typer.Option(help="A verifier elsewhere, tcp://HOST:PORT; else one runs here.")
    ] = "",
    verifier_key: VerifierKey = None,
    models: Annotated[
        Path | None, typer.Option(help="Folder with target/ and draft/; else the nano pair.")
    ] = None,
    temperature: Annotated[
        float, typer.Option(help="Where the bag does not say; 0 for the most likely text.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the noise, where the bag does not say.")] = 0,
    rtt_ms: Annotated[
        float, typer.Option(help="Emulate a link with this round trip, in ms.")
    ] = 0.0,
    target_ms: Annotated[
        float, typer.Option(help="Emulate a target that takes so long for a pass, in ms.")
    ] = 0.0,
    draft_ms: Annotated[
        float, typer.Option(help="Emulate a draft that takes so long for a step, in ms.")
    ] = 0.0,
    verify: Annotated[
        bool, typer.Option("--verify", help="Does a run of ours say the same again, bit for bit?")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write everything to this file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page to look at, such as report.html.")
    ] = None,
) -> None:
    """Decode a bag again, compare modes and recording, and tell what came of it.

    Exit code 0 when the whole bag was decoded (with --verify: and said the same), 1 when not,
    2 on bad use. Ctrl-C ends it early and leaves a valid partial result.
    """
    from specedge.edge.modes import DEFAULT_MODE
    from specedge.replay.decoders import Emulation, Models, parse_modes
    from specedge.replay.replay import ReplayRequest
    from specedge.replay.runner import Pace
    from specedge.replay.terminal import Outputs, run_replay, run_verify

    outputs = Outputs(json_file, report)
    chosen = Models(models, cloud, Emulation(rtt_ms, target_ms, draft_ms), verifier_key)
    if verify:
        refuse(context, OF_A_CHOICE, "with --verify a bag is decoded as it was in its own run")
        raise typer.Exit(run_verify(bag, chosen, outputs))
    request = ReplayRequest(
        bag=bag,
        modes=parse_modes(mode or DEFAULT_MODE),
        image_topic=image_topic,
        goal_topic=goal_topic,
        goal=goal,
        start=start,
        duration=duration,
        every=every,
        pace=Pace(rate, seed, temperature),
        models=chosen,
    )
    raise typer.Exit(run_replay(request, outputs))
