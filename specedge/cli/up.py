"""``specedge up``: the whole stack without ROS 2, the same nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specedge.cli.pair import VerifierKey

DEFAULT_TIMEOUT_S = 180.0


def up(
    sim: Annotated[bool, typer.Option("--sim", help="Against the simulated Go2.")] = False,
    goal: Annotated[
        str | None,
        typer.Option(help="The sentence to obey; without one, goals come from /specedge/goal."),
    ] = None,
    mode: Annotated[
        str | None, typer.Option(help="How the two models work together.", show_default=False)
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="The simulated room; without one, a room that has the named object."),
    ] = None,
    rate: Annotated[
        float, typer.Option(help="Simulated seconds, or seconds of the bag, per second.")
    ] = 1.0,
    bag: Annotated[
        Path | None,
        typer.Option(help="Play the camera and the goals of this bag to the nodes; nothing moves."),
    ] = None,
    image_topic: Annotated[
        str, typer.Option(help="The camera in the bag; else found by its type.")
    ] = "",
    goal_topic: Annotated[
        str, typer.Option(help="The goals in the bag; else found by their type.")
    ] = "",
    cloud: Annotated[
        str, typer.Option(help="A verifier elsewhere, tcp://HOST:PORT; else one runs here.")
    ] = "",
    verifier_key: VerifierKey = None,
    bind: Annotated[
        str | None,
        typer.Option(help="Where the verifier listens that runs here.", show_default=False),
    ] = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Folder for everything that the run leaves behind.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds that the goal may take.")
    ] = DEFAULT_TIMEOUT_S,
    models: Annotated[
        Path | None, typer.Option(help="Folder with target/ and draft/; else the nano pair.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="A real robot may move. Keep its e-stop at hand.")
    ] = False,
    network_interface: Annotated[
        str, typer.Option(help="Where the real Go2 is connected, such as eth0.")
    ] = "",
) -> None:
    """Bring up the whole stack and obey one sentence.

    Exit code 0 when the goal was truly reached (with --bag: when the bag was played to its end),
    1 when not, 2 on bad use. Leaves a run folder
    with summary.json, a bag, logs and a picture of the path, and prints its path last.
    """
    from specedge.ros.choice import prefer_cyclonedds
    from specedge.stack.choose import choose, prepare

    # As it is meant for: a stack that needs no ROS 2, also where one is sourced.
    prefer_cyclonedds()
    options, note = choose(
        sim=sim,
        goal=goal,
        mode=mode,
        seed=seed,
        rate=rate,
        cloud=cloud,
        verifier_key=verifier_key,
        bind=bind,
        run_dir=run_dir,
        timeout=timeout,
        models=models,
        live=live,
        network_interface=network_interface,
        bag=bag,
        image_topic=image_topic,
        goal_topic=goal_topic,
    )
    prepare(options)

    from specedge.stack.live import open_view
    from specedge.stack.run import run

    view = open_view(goal or "", options.mode)
    if note:
        view.say(note)
    report = run(options, goal or "", timeout, view)
    typer.echo(report.sentence)
    typer.echo(report.folder)
    raise typer.Exit(0 if report.obeyed else 1)
