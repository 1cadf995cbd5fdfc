"""Shows one run: its video and its pictures, from its folder or any bag with a camera."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specedge.render.course import Course, draw_path, draw_speed, read_course
from specedge.render.errors import RenderError
from specedge.render.video import VideoSettings, write_video
from specedge.replay.bags import Bag
from specedge.sim.truth_file import TRUTH_FILE
from specedge.stack.errors import StackError
from specedge.stack.report import PICTURE_FILE, SUMMARY_FILE

VIDEO_FILE = "video.mp4"
SPEED_FILE = "speed.png"


@dataclass(frozen=True)
class Rendered:
    """What was made.

    Attributes:
        files: In the order in which they were made.
        notes: What could not be read or drawn, one line each.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def render_run(
    run: Path,
    out: Path | None,
    settings: VideoSettings,
    progress: Callable[[float], None] | None = None,
) -> Rendered:
    """Writes video and pictures of a run.

    Args:
        run: A run folder, or any bag with a camera.
        out: Folder for them; None for the run folder, or a new folder beside a bag.
        settings: Of the video.
        progress: Told the seconds of the bag that the video has.

    Raises:
        RenderError: nothing can be made of it, or it cannot be written.
        ReplayError: it is no bag, or one without a camera.
    """
    with Bag(run) as bag:
        folder = out or (run if (run / "bag").is_dir() else run.with_name(f"{run.stem}-rendered"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RenderError(f"{folder} cannot be made: {error.strerror}") from None
        course = read_course(bag)
        summary = _summary(run)
        title = str(summary.get("goal") or run.name)
        files, notes = [], []
        for name, draw in (
            (PICTURE_FILE, lambda file: _draw_path(run, summary, course, title, file)),
            (SPEED_FILE, lambda file: draw_speed(course, title, file)),
        ):
            try:
                draw(folder / name)
                files.append(folder / name)
            except RenderError as error:
                notes.append(f"no {name}: {error}")
        _, faults = write_video(bag, folder / VIDEO_FILE, settings, progress)
        return Rendered((*files, folder / VIDEO_FILE), (*notes, *faults))


def _draw_path(run: Path, summary: dict[str, Any], course: Course, title: str, file: Path) -> None:
    """Over the room where the simulator told the truth, else by odometry."""
    seed = summary.get("seed")
    if not isinstance(seed, int) or not (run / TRUTH_FILE).is_file():
        draw_path(course, title, file)
        return
    from specedge.sim.room import make_room
    from specedge.stack import picture, truth

    try:
        moments = truth.read(run / TRUTH_FILE)
    except StackError as error:
        raise RenderError(str(error)) from None
    picture.draw(make_room(seed), moments, str(summary.get("named_object") or ""), title, file)


def _summary(run: Path) -> dict[str, Any]:
    """Returns summary.json of a run folder; nothing for a bag, or after a crash."""
    try:
        content = json.loads((run / SUMMARY_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
