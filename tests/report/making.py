"""A replay to make reports of: 40 frames in three modes, with all that may happen to a turn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np

from specedge.replay.records import (
    Agreement,
    FrameRecord,
    LatencySplit,
    ModeTotals,
    RecordedCommand,
    ReplaySetup,
    Spread,
    TokenRecord,
    Totals,
    TraceRecord,
    TurnRecord,
)
from specedge.replay.results import ReplayResult

GOAL = 'go to the <b onclick="alert(1)">red</b> & "big" chair</script>'
PIECES = ("red", " chair", ":", " left", " 30", " deg", ",", " 2", ".", "4", " m", ";", " turn")
PIECES += (" left", " 30", " deg", ".")
SOURCES = ("target", "forced", "forced", "draft", "draft", "forced", "forced", "exit", "forced")
SOURCES += ("self", "forced", "forced", "history", "draft", "draft", "forced", "forced")
TEXT = "".join(PIECES)
MODES = ("cloud", "streaming", "edge")


def turn(mode: str, latency: float, agrees: str | None = "exact", text: str = TEXT) -> TurnRecord:
    """A turn with tokens, a rejected draft, exits, passes and hints, spread over its latency."""
    step = latency / len(PIECES)
    events, trace = [], [TraceRecord(0.4, "begun")]
    for place, (piece, source) in enumerate(zip(PIECES, SOURCES, strict=True)):
        at = (place + 1) * step
        if mode != "cloud" and source != "forced":
            trace.append(TraceRecord(at - 1.2 * step, "drafted", place, 1, 0.5 * step))
            trace.append(TraceRecord(at - 1.1 * step, "hinted", place, 1))
            wrong = place == 7
            drafted = " 3" if wrong else piece
            events.append(_tokens("drafted", place, drafted, "draft", at - 1.2 * step))
            if wrong:
                events.append(_tokens("rejected", place, drafted, "draft", at))
        if mode != "edge" and source != "forced":
            trace.append(TraceRecord(at - 0.4 * step, "expected", place, 1, layer=4))
            trace.append(TraceRecord(at, "verified", place, 1, 0.5 * step, 0.2 * step))
        events.append(_tokens("verified", place, piece, source, at))
    return TurnRecord(
        mode=mode,
        text=text,
        latency_ms=latency,
        first_action_ms=0.8 * latency,
        split=LatencySplit(2 * step, 0.6 * step, step, 5 * step),
        tokens=len(PIECES),
        target_passes=7,
        agrees=agrees,
        events=tuple(sorted(events, key=lambda event: event.time_ms)) if text == TEXT else (),
        trace=tuple(trace),
    )


def frame(number: int) -> FrameRecord:
    """Frame 7 contradicts itself, 11 the recording; 13 failed in one mode, 14 came too late."""
    noise = (number * 37) % 50
    streaming = turn("streaming", 80.0 + noise)
    if number == 7:
        streaming = turn("streaming", 90.0, "no", "red chair: left 30 deg, 2.4 m; walk 0.5 m.")
    elif number == 11:
        streaming = turn("streaming", 90.0, "no")
    elif number == 13:
        streaming = TurnRecord(mode="streaming", error="the verifier is silent <i>again</i>")
    elif number == 14:
        streaming = TurnRecord(mode="streaming", late=True, dropped=True)
    edge_text = "blue box: not seen in 0 deg; turn left 60 deg."
    edge = turn("edge", 45.0, None, edge_text if number % 8 == 0 else TEXT)
    recorded = RecordedCommand(
        number + 1, "order; sit." if number == 11 else TEXT, mode="preemptive"
    )
    return FrameRecord(
        frame=number,
        stamp=1_700_000_000.0 + 0.5 * number,
        stamp_ns=1_700_000_000_000_000_000 + 500_000_000 * number,
        goal=GOAL,
        turns=(turn("cloud", 190.0 + noise), streaming, edge),
        recorded=recorded,
        modes_agree=number != 7,
    )


def replay(
    folder: Path, frames: int = 40, pictures: Callable[[int], bytes] | None = None
) -> ReplayResult:
    """Writes the records of a replay and returns it."""
    records = folder / "frames.jsonl"
    with records.open("wb") as lines:
        for number in range(frames):
            lines.write(msgspec.json.encode(frame(number)) + b"\n")
    picture = pictures or jpeg

    def read(wanted: Collection[int]) -> Iterator[tuple[int, bytes]]:
        for number in sorted(wanted):
            yield number, picture(number)

    return ReplayResult(setup(), totals(frames) if frames else Totals(), frames == 0, records, read)


def setup() -> ReplaySetup:
    return ReplaySetup(
        bag="runs/20261121-104400/bag",
        image_topic="/camera/image_raw/compressed",
        goal_topic="/specedge/goal",
        modes=MODES,
        own_run=True,
        models="models/nano",
        emulation={"rtt": 120.0, "target": 30.0, "draft": 15.0},
        versions={"python": "3.11.2", "torch": "2.13.0"},
        machine={"cores": 2, "processor": "x86_64"},
    )


def totals(frames: int) -> Totals:
    shares = {"draft": 5, "exit": 1, "self": 1, "history": 1, "forced": 8, "target": 1}
    modes = [
        _mode("cloud", frames, 210.0, None, {"target": 9, "forced": 8}),
        _mode("streaming", max(1, frames - 2), 104.0, 0.81, shares),
        _mode("edge", frames, 45.0, None, {"draft": 9, "forced": 8}),
    ]
    return Totals(
        frames=frames,
        modes=tuple(modes),
        between_modes={"cloud/streaming": Agreement(frames - 2, 1 - 1 / frames, 0.99)},
        problems=("message 3 of /camera/image_raw/compressed: a picture of 0 × 0 <pixels>",),
    )


def jpeg(number: int) -> bytes:
    picture = np.full((360, 640, 3), (200, 190, 180), np.uint8)
    cv2.rectangle(picture, (40 + 8 * number, 120), (180 + 8 * number, 300), (40, 40, 200), -1)
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())


def _tokens(kind: str, place: int, text: str, source: str, at: float) -> TokenRecord:
    return TokenRecord(kind, place, (place,), (text,), (source,), time_ms=max(0.0, at))


def _mode(
    name: str, turns: int, median: float, acceptance: float | None, sources: dict[str, int]
) -> ModeTotals:
    return ModeTotals(
        mode=name,
        turns=turns,
        failed=int(name == "streaming"),
        dropped=int(name == "streaming"),
        latency_ms=Spread(median, 1.3 * median, median),
        first_action_ms=Spread(0.8 * median, median, 0.8 * median),
        draft_ms=Spread(14.0, 20.0, 15.0),
        verify_ms=Spread(0.4 * median, 0.5 * median, 0.4 * median),
        tokens=17 * turns,
        target_passes=7 * turns,
        acceptance=acceptance,
        hit_rate=acceptance,
        bytes_up=130 * turns,
        bytes_down=410 * turns,
        sources=sources,
        with_recording=Agreement(turns, 1 - 1 / turns, 1.0),
    )
