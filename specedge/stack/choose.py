"""Turns what a person asked for into the options of a run."""

from __future__ import annotations

import math
import time
from pathlib import Path

from specedge.commands.prompt import is_text
from specedge.edge.modes import DEFAULT_MODE
from specedge.protocol.endpoint import DEFAULT_ENDPOINT
from specedge.sim.room import USUAL_SEED, make_room
from specedge.stack.checks import check
from specedge.stack.description import Options, Playback
from specedge.stack.errors import BadOption
from specedge.stack.goals import contents, named_object, seed_of_room_with


def choose(
    *,
    sim: bool,
    goal: str | None,
    mode: str | None,
    seed: int | None,
    rate: float,
    cloud: str,
    verifier_key: Path | None = None,
    bind: str | None,
    run_dir: Path | None,
    timeout: float,
    models: Path | None,
    live: bool,
    network_interface: str,
    bag: Path | None = None,
    image_topic: str = "",
    goal_topic: str = "",
) -> tuple[Options, str]:
    """Returns options, and a note worth showing (or an empty text).

    Raises:
        BadOption: an option makes no sense.
    """
    if goal is not None and not goal.strip():
        raise BadOption('no goal; for example --goal "go to the red chair"')
    if goal is not None and not is_text(goal):
        raise BadOption(f"--goal {goal!r} is no text in UTF-8")
    if not (math.isfinite(timeout) and timeout > 0):
        raise BadOption(f"timeout {timeout} is not a number of seconds above zero")
    if bag is None and (image_topic or goal_topic):
        raise BadOption("--image-topic and --goal-topic choose among the topics of a --bag")
    note = ""
    name = named_object(goal or "")
    if seed is None:
        seed = seed_of_room_with(name) if sim and name else USUAL_SEED
    elif sim and name and make_room(max(seed, 0)).find(name) is None:
        note = f"the room of seed {seed} has no {name}; it has {contents(make_room(max(seed, 0)))}"
    options = Options(
        run=run_dir or _new_folder(),
        simulated=sim,
        mode=mode or DEFAULT_MODE,
        cloud=cloud,
        verifier_key=verifier_key,
        bind=bind or DEFAULT_ENDPOINT,
        seed=seed,
        rate=rate,
        models=models,
        live=live,
        network_interface=network_interface,
        playback=_playback(bag, image_topic, goal_topic, goal) if bag is not None else None,
    )
    return options, note


def prepare(options: Options) -> None:
    """Checks that the run can come up, and makes its folder.

    Raises:
        BadOption: something is missing or in the way; nothing was written.
    """
    check(options)
    folder = options.run
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadOption(f"{folder} is not an empty folder; --run-dir wants a new one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadOption(f"{folder} cannot be made: {error.strerror}") from None


def _playback(bag: Path, image_topic: str, goal_topic: str, goal: str | None) -> Playback:
    """Finds the topics of a bag; with a goal those of the bag are left out."""
    from specedge.replay import topics
    from specedge.replay.bags import Bag

    with Bag(bag) as opened:
        types, counts = opened.types, opened.counts
        images = topics.image_topic(types, counts, image_topic)
        goals = "" if goal else topics.goal_topic(types, counts, goal_topic)
        return Playback(bag.resolve(), images, goals)


def _new_folder() -> Path:
    return Path("runs").resolve() / time.strftime("%Y%m%d-%H%M%S")
