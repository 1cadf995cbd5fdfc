"""Ends a run: judges it by the simulator's truth, writes the summary, draws the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specedge.sim.room import make_room
from specedge.sim.truth_file import TRUTH_FILE
from specedge.stack import picture, summary, truth
from specedge.stack.description import Options
from specedge.stack.errors import StackError
from specedge.stack.goals import named_object

SUMMARY_FILE = "summary.json"
PICTURE_FILE = "path.png"


@dataclass(frozen=True)
class RunReport:
    """What came of a run.

    Attributes:
        folder: Where everything of it lies.
        figures: The content of summary.json.
        obeyed: Whether the goal was truly reached; without a goal, whether nothing failed.
        sentence: The outcome, for a person.
    """

    folder: Path
    figures: Mapping[str, Any]
    obeyed: bool
    sentence: str


def conclude(options: Options, goal: str, figures: Mapping[str, Any]) -> RunReport:
    """Judges a finished run and leaves summary and picture in its folder."""
    figures = dict(figures)
    if options.simulated:
        figures.update(_by_truth(options, goal))
    else:
        # Nobody but the robot knows where a real one stands.
        figures.update(reached=figures["claimed"], object_reached=None)
    obeyed = bool(figures["reached"] and figures["claimed"]) if goal else _nothing_failed(figures)
    if options.playback is not None:
        # Nobody walks; a bag has done what it can once it was decided on to its end.
        obeyed = figures["end"] in ("played", "reached", "interrupted")
    summary.write(options.run / SUMMARY_FILE, figures)
    return RunReport(options.run, figures, obeyed, _sentence(goal, figures))


def _by_truth(options: Options, goal: str) -> dict[str, Any]:
    name = named_object(goal)
    room = make_room(options.seed)
    try:
        moments = truth.read(options.run / TRUTH_FILE)
    except StackError as error:
        return {"reached": False, "object_reached": None, "truth": str(error)}
    picture.draw(room, moments, name, goal or "no goal", options.run / PICTURE_FILE)
    return summary.of_truth(truth.judge(room, moments[-1], name), moments)


def _nothing_failed(figures: Mapping[str, Any]) -> bool:
    return figures["end"] in ("interrupted", None)


def _sentence(goal: str, figures: Mapping[str, Any]) -> str:
    if figures["end"] == "played":
        return f"the bag was played to its end; {figures['turns']} turns"
    if not goal:
        return f"ended: {figures['detail'] or figures['end']}"
    where = ""
    if figures.get("distance_m") is not None:
        where = f"; {figures['distance_m']:.2f} m from the {figures['named_object']}"
    if figures["reached"] and figures["claimed"]:
        return f"reached in {figures['time_s']:.1f} s and {figures['turns']} turns{where}"
    if figures["claimed"]:
        return f"not reached, although the model said done{where}"
    detail = f" ({figures['detail']})" if figures["detail"] else ""
    return f"not reached: {figures['end']}{detail}{where}"
