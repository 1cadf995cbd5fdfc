"""Numbers and findings as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping

from specedge.replay.records import Totals
from specedge.report.survey import INEXACT, Survey

NOTHING = "–"
LONGEST_TEXT = 240
"""Characters of one text from a bag; a goal may be a whole book."""


def short(text: str) -> str:
    """Cuts a text that is too long to be shown."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def milliseconds(value: float | None) -> str:
    """A time in ms, with as many digits as mean something."""
    if value is None:
        return NOTHING
    return f"{value:.1f}" if value < 10.0 else f"{value:,.0f}"


def share(value: float | None) -> str:
    """A share of one as a percentage; only all of it is 100 %."""
    if value is None:
        return NOTHING
    percent = 100.0 * value
    return f"{min(percent, 99.9):.1f} %" if 99.0 <= percent < 100.0 else f"{percent:.0f} %"


def number(value: float | None) -> str:
    """A number with at most one digit after the point."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if value >= 100.0 or value == round(value) else f"{value:.1f}"


def ordinal(value: int) -> str:
    """Such as ``2nd``; nothing for the first."""
    if value == 1:
        return "single"
    last = 0 if 10 < value % 100 < 20 else value % 10
    return f"{value}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def pairs(values: Mapping[str, float]) -> str:
    """Such as ``rtt 120, target 30``."""
    return ", ".join(f"{name} {value:g}" for name, value in values.items())


def findings(totals: Totals, found: Survey) -> list[tuple[str, bool]]:
    """Returns the outcome in sentences, each with whether all is well with it."""
    told = [_agreement(totals, found), *_recording(totals)]
    cloud = next((mode for mode in totals.modes if mode.mode == "cloud"), None)
    others = [m for m in totals.modes if m.mode not in ("cloud", INEXACT) and m.latency_ms.p50]
    if cloud is not None and cloud.latency_ms.p50 and others:
        best = min(others, key=lambda mode: mode.latency_ms.p50 or 0.0)
        ratio = cloud.latency_ms.p50 / (best.latency_ms.p50 or 1.0)
        told.append(
            (
                f"{best.mode} had half of its commands within {milliseconds(best.latency_ms.p50)} "
                f"ms, {ratio:.2f} × as fast as the target alone (cloud, "
                f"{milliseconds(cloud.latency_ms.p50)} ms).",
                ratio >= 1.0,
            )
        )
    for mode in totals.modes:
        if mode.failed:
            told.append((f"{mode.mode} gave no command for {_frames(mode.failed)}.", False))
        if mode.dropped:
            told.append((f"{mode.mode} was too late for {_frames(mode.dropped)}.", False))
    if totals.unreadable:
        told.append((f"{totals.unreadable} images of the bag could not be read.", False))
    return told


def _agreement(totals: Totals, found: Survey) -> tuple[str, bool]:
    exact = [mode.mode for mode in totals.modes if mode.mode != INEXACT]
    if not totals.frames:
        return "No frame was decoded.", False
    if len(exact) < 2:
        return f"{_frames(totals.frames)} decoded in mode {', '.join(found.series)}.", True
    differing = found.differing["modes"]
    if differing:
        return f"{', '.join(exact)} must agree, but differ in {_frames(differing)}.", False
    return f"{', '.join(exact)} gave the same text for each of {_frames(totals.frames)}.", True


def _recording(totals: Totals) -> list[tuple[str, bool]]:
    told = []
    for mode in totals.modes:
        agreement = mode.with_recording
        if agreement.compared and mode.mode != INEXACT:
            told.append(
                (
                    f"{mode.mode} said word for word what was recorded in "
                    f"{share(agreement.exact)} of {_frames(agreement.compared)}, and meant the "
                    f"same actions in {share(agreement.action)}.",
                    agreement.exact == 1.0,
                )
            )
    return told


def _frames(count: int) -> str:
    return f"{count:,} frame" + ("" if count == 1 else "s")
