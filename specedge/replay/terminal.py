"""A replay as a person at a terminal sees it: progress, Ctrl-C, a table, files."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from specedge.replay.decoders import Models
from specedge.replay.errors import ReplayError
from specedge.replay.records import Agreement, Spread, Totals
from specedge.replay.replay import ReplayRequest, Watcher, replay
from specedge.replay.results import write_json
from specedge.replay.trace_records import Verification
from specedge.replay.verify import verify

MOST_LINES = 5
"""Problems that are told; --json has more of them."""


@dataclass(frozen=True)
class Outputs:
    """Where results go.

    Attributes:
        json: File for everything.
        report: File for the page.
    """

    json: Path | None = None
    report: Path | None = None

    def __post_init__(self) -> None:
        for option, path in (("--json", self.json), ("--report", self.report)):
            if path is not None and not path.resolve().parent.is_dir():
                raise ReplayError(f"{option} {path}: there is no such folder")


def run_replay(request: ReplayRequest, outputs: Outputs) -> int:
    """Decodes a bag, tells what came of it, and returns the exit code.

    Raises:
        SpecedgeError: as `specedge.replay.replay.replay` does.
    """
    errors = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="specedge-replay-") as folder:
        with interruptible() as cancel, _bar(errors) as watcher:
            result = replay(request, Path(folder), cancel, watcher)
        if outputs.json is not None:
            write_json(result, outputs.json)
        if outputs.report is not None:
            from specedge.report import write_report

            write_report(result, outputs.report)
        tell_problems(result.totals.problems, errors)
        Console().print(_table(result.totals))
        for line in _agreements(result.totals):
            print(line)
        if cancel.is_set():
            errors.print(f"interrupted after {result.totals.frames} frames", style="yellow")
        return int(result.partial)


def run_verify(bag: Path, models: Models, outputs: Outputs) -> int:
    """Decodes a recorded run again, tells whether it says the same, and returns the exit code.

    Raises:
        SpecedgeError: as `specedge.replay.verify.verify` does.
    """
    errors = Console(stderr=True)
    with interruptible() as cancel, _bar(errors) as watcher:
        found = verify(bag, models, cancel, watcher)
    if outputs.json is not None:
        content = msgspec.json.format(msgspec.json.encode(found), indent=2)
        outputs.json.write_bytes(content + b"\n")
    tell_problems(found.problems, errors)
    print(sentence(found))
    for difference in found.differences[:1]:
        print(f"first difference: turn {difference.turn}, frame {difference.frame}, ", end="")
        print(f"character {difference.place}")
        print(f"  recorded: {difference.recorded}")
        print(f"  replayed: {difference.replayed or difference.error}")
    for line in found.untraced[:MOST_LINES]:
        print(f"not traced: {line}")
    return int(not found.passed)


def sentence(found: Verification) -> str:
    """Says in one line what a verification found."""
    ended = "interrupted: " if found.partial else ""
    traced = f"{found.motions} motions"
    if not found.untraced:
        traced += ", each traced to its command, tokens and frame"
    models = "" if found.models_known else " (the recording does not tell its models)"
    return f"{ended}{found.same} of {found.turns} turns say the same, bit for bit{models}; {traced}"


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Gives an event that Ctrl-C and SIGTERM set while the block runs; main thread only."""
    cancel = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: cancel.set()) for number in numbers]
    try:
        yield cancel
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def tell_problems(problems: tuple[str, ...], errors: Console) -> None:
    """Shows the first problems, one line each."""
    for line in problems[:MOST_LINES]:
        errors.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if len(problems) > MOST_LINES:
        errors.print(f"and {len(problems) - MOST_LINES} more", style="yellow")


@contextmanager
def _bar(console: Console) -> Iterator[Watcher]:
    columns = (
        TextColumn("decoding"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("decoding", total=None, text="")

        yield Watcher(
            begun=lambda frames: progress.update(task, total=frames),
            advanced=lambda text: progress.update(task, advance=1, text=text),
        )


def _table(totals: Totals) -> Table:
    table = Table(title=f"{totals.frames} frames", title_justify="left")
    for name in ("mode", "turns", "late", "latency p50/p90", "first action", "passes"):
        table.add_column(name, justify="left" if name == "mode" else "right")
    for name in ("acceptance", "hits", "up/down", "as recorded"):
        table.add_column(name, justify="right")
    for mode in totals.modes:
        turns = max(mode.turns, 1)
        failed = f" ({mode.failed} failed)" if mode.failed else ""
        table.add_row(
            mode.mode,
            f"{mode.turns}{failed}",
            str(mode.late),
            _spread(mode.latency_ms),
            _spread(mode.first_action_ms),
            f"{mode.target_passes / turns:.1f}",
            _share(mode.acceptance),
            _share(mode.hit_rate),
            f"{mode.bytes_up / turns:.0f}/{mode.bytes_down / turns:.0f} B",
            _share(mode.with_recording.exact),
        )
    return table


def _agreements(totals: Totals) -> Iterator[str]:
    for pair, agreement in totals.between_modes.items():
        yield f"{pair}: {_agreement(agreement)}"
    for mode in totals.modes:
        if mode.with_recording.compared:
            yield f"{mode.mode}/recorded: {_agreement(mode.with_recording)}"


def _agreement(agreement: Agreement) -> str:
    return (
        f"{_share(agreement.exact)} the same text, {_share(agreement.action)} the same actions "
        f"within tolerance, of {agreement.compared}"
    )


def _spread(spread: Spread) -> str:
    if spread.p50 is None or spread.p90 is None:
        return "–"
    return f"{spread.p50:.0f}/{spread.p90:.0f} ms"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{100.0 * share:.0f} %"
