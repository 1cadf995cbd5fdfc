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

from specedge import signals
from specedge.outputs import require_writable
from specedge.replay import telling
from specedge.replay.decoders import Models
from specedge.replay.replay import ReplayRequest, Watcher, replay
from specedge.replay.results import write_json
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
            require_writable(option, path)


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
        Console().print(telling.table(result.totals))
        for line in telling.agreements(result.totals):
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
    print(telling.sentence(found))
    for difference in found.differences[:1]:
        print(f"first difference: turn {difference.turn}, frame {difference.frame}, ", end="")
        print(f"character {difference.place}")
        print(f"  recorded: {difference.recorded}")
        print(f"  replayed: {difference.replayed or difference.error}")
    for line in found.untraced[:MOST_LINES]:
        print(f"not traced: {line}")
    return int(not found.passed)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Gives an event that Ctrl-C and its like set while the block runs; main thread only."""
    cancel = threading.Event()

    def tell(*_: object) -> None:
        # One handler in the midst of another would wait for the event's lock for ever.
        signals.ignore()
        cancel.set()

    before = {number: signal.signal(number, tell) for number in signals.ending()}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
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
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task("decoding", total=None, text="")

        yield Watcher(
            begun=lambda frames: progress.update(task, total=frames),
            advanced=lambda text: progress.update(task, advance=1, text=text),
        )
