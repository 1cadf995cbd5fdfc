"""Puts a replay's records, figures and pictures onto one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from specedge import __version__
from specedge.edge.token_line import SOURCES, TokenLine
from specedge.errors import SpecedgeError
from specedge.replay.records import FrameRecord, ModeTotals, TurnRecord
from specedge.replay.results import ReplayResult
from specedge.report import figures, words
from specedge.report.survey import (
    DIFFERENCES,
    INEXACT,
    ReportLimits,
    Survey,
    survey,
    telling_frame,
)
from specedge.report.thumbnails import thumbnails
from specedge.report.timeline import timeline


class ReportError(SpecedgeError):
    """A report cannot be written."""


def write_report(result: ReplayResult, file: Path, limits: ReportLimits | None = None) -> None:
    """Writes the page; it holds its pictures, figures and style, and asks no network for anything.

    The records are read one at a time; what stands on the page is bounded by `limits`. Everything
    that comes from the bag is escaped.

    Args:
        result: A finished or interrupted replay.
        file: Where to write it.

    Raises:
        ReportError: the file cannot be written.
    """
    page = render(result, limits or ReportLimits())
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"the report cannot be written to {file}: {error.strerror}") from None


def render(result: ReplayResult, limits: ReportLimits) -> str:
    """Returns the page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = survey(result.frames(), result.totals.frames, limits)
    environment = Environment(
        loader=PackageLoader("specedge.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        short=words.short, ms=words.milliseconds, share=words.share, number=words.number
    )
    style = resources.files("specedge.report").joinpath("page.css").read_text(encoding="utf-8")
    return environment.get_template("page.html.jinja").render(
        style=style,
        setup=result.setup,
        totals=result.totals,
        partial=result.partial,
        found=found,
        limits=limits,
        findings=words.findings(result.totals, found),
        modes=[_mode_row(mode, result.totals.modes) for mode in result.totals.modes],
        times=_time_figures(found, limits),
        sources=_source_figure(result.totals.modes),
        legend=SOURCES,
        telling=_timelines(found),
        cards=list(_cards(result, found)),
        differences=DIFFERENCES,
        settings=_settings(result),
        version=__version__,
    )


def _mode_row(mode: ModeTotals, all_modes: tuple[ModeTotals, ...]) -> dict[str, Any]:
    """What the tables say of one mode beyond its totals."""
    cloud = next((other for other in all_modes if other.mode == "cloud"), None)
    speedup = None
    if cloud is not None and cloud.latency_ms.p50 and mode.latency_ms.p50:
        speedup = cloud.latency_ms.p50 / mode.latency_ms.p50
    turns = mode.turns or None
    return {
        "totals": mode,
        "speedup": speedup,
        "passes": mode.target_passes / turns if turns else None,
        "bytes_up": mode.bytes_up / turns if turns else None,
        "bytes_down": mode.bytes_down / turns if turns else None,
    }


def _time_figures(found: Survey, limits: ReportLimits) -> list[tuple[Any, str]]:
    if not any(series.latency for series in found.series.values()):
        return []
    return [
        (figures.latency_distribution(found, limits.points), "Distribution by mode."),
        (figures.latency_over_time(found, limits.points), "Each command, by its frame's time."),
    ]


def _source_figure(modes: tuple[ModeTotals, ...]) -> Any:
    shares = [(mode.mode, mode.sources) for mode in modes if mode.sources]
    return figures.source_shares(shares) if shares else None


def _timelines(found: Survey) -> dict[str, Any] | None:
    frame = telling_frame(found.shown)
    if frame is None:
        return None
    until = max(turn.latency_ms or 0.0 for turn in frame.turns)
    drawn = [(turn, timeline(turn, until)) for turn in frame.turns if turn.events or turn.trace]
    return {"frame": frame, "turns": drawn} if drawn else None


def _cards(result: ReplayResult, found: Survey) -> Iterator[dict[str, Any]]:
    """Yields what is shown of each frame, in the order of the bag."""
    pictures = thumbnails(result.pictures([record.frame for record in found.shown]))
    first = found.shown[0].stamp if found.shown else 0.0
    for record in found.shown:
        yield {
            "record": record,
            "at": record.stamp - first,
            "picture": pictures.get(record.frame, ""),
            "reasons": found.reasons[record.frame],
            "grave": any(kind != INEXACT for kind in found.reasons[record.frame]),
            "turns": [_line(turn, record) for turn in record.turns],
        }


def _line(turn: TurnRecord, record: FrameRecord) -> dict[str, Any]:
    """One mode's command for a frame: its tokens, or why there are none."""
    line = TokenLine()
    for event in turn.events:
        line.take(event.kind, event.position, event.texts, event.sources)
    marked = line.spans()
    if "".join(span.text for span in marked if span.state == "verified").strip() != turn.text:
        # Without all of its tokens a command would be shown in parts.
        marked = []
    recorded = record.recorded
    return {
        "turn": turn,
        "spans": marked,
        "differs": recorded is not None and bool(turn.text) and turn.text != recorded.text,
    }


def _settings(result: ReplayResult) -> dict[str, Mapping[str, str]]:
    """What made the figures, in groups, as text."""
    setup = result.setup
    length = "to its end" if setup.duration is None else f"{setup.duration:g} s"
    choices = {
        "bag": setup.bag,
        "recorded by": "this stack" if setup.own_run else "others",
        "image topic": setup.image_topic,
        "goal": setup.goal or f"from {setup.goal_topic}",
        "modes": ", ".join(setup.modes),
        "part": f"from {setup.start:g} s, {length}; every {words.ordinal(setup.every)} image",
        "rate": f"{setup.rate:g} × real time" if setup.rate else "frame by frame",
        "models": setup.models or "the nano pair",
        **{f"{role} model": mark[:16] for role, mark in setup.model_fingerprints.items()},
        "link and compute": words.pairs(setup.emulation) or "as they are on this machine",
    }
    return {
        "Settings": choices,
        "Versions": {"specedge": __version__, **setup.versions},
        "Machine": {name: str(value) for name, value in setup.machine.items()},
    }
