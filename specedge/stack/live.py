"""Shows a run: redrawn in place on a terminal, one line per event elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol, TextIO

from specedge.edge.token_line import Span
from specedge.stack import words
from specedge.stack.scene import Scene

SECONDS_BETWEEN_DRAWINGS = 0.1

STYLES = {"drafted": "yellow", "verified": "bold green", "rejected": "red strike"}
VERIFIED_STYLES = {"forced": "dim"} | dict.fromkeys(("draft", "history", "self"), "bold cyan")
"""Of verified tokens that are not the target's: forced ones, and those that somebody foresaw."""


class View(Protocol):
    """Where a run is shown."""

    def __enter__(self) -> View: ...

    def __exit__(self, *_: object) -> None: ...

    def part(self, name: str, state: str) -> None:
        """A process started, became ready or stopped."""

    def take(self, topic: str, message: Any) -> None:
        """A message arrived."""

    def say(self, text: str) -> None:
        """Something else is worth a line."""


class PlainView:
    """One line per event, for logs and pipes."""

    def __init__(self, goal: str, mode: str, output: TextIO) -> None:
        self._scene = Scene(goal=goal, mode=mode)
        self._output = output
        self._started = time.monotonic()

    def __enter__(self) -> PlainView:
        return self

    def __exit__(self, *_: object) -> None:
        self._output.flush()

    def part(self, name: str, state: str) -> None:
        """Writes the progress of a process."""
        self.say(self._scene.part(name, state))

    def take(self, topic: str, message: Any) -> None:
        """Writes the lines that a message is worth."""
        for line in self._scene.take(topic, message):
            self.say(line)

    def say(self, text: str) -> None:
        """Writes one line, with the seconds since the start."""
        elapsed = time.monotonic() - self._started
        print(f"[{elapsed:7.2f}] {text}", file=self._output, flush=True)


class LiveView:
    """A panel that is redrawn in place, at most ten times a second."""

    def __init__(self, goal: str, mode: str, output: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live

        self._scene = Scene(goal=goal, mode=mode)
        self._drawn = 0.0
        self._live = Live(console=Console(file=output), auto_refresh=False, transient=False)

    def __enter__(self) -> LiveView:
        self._live.start()
        self._draw(now=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._draw(now=True)
        self._live.stop()

    def part(self, name: str, state: str) -> None:
        """Shows the progress of a process."""
        self._scene.part(name, state)
        self._draw(now=True)

    def take(self, topic: str, message: Any) -> None:
        """Shows what a message changes."""
        told = self._scene.take(topic, message)
        self._draw(now=bool(told))

    def say(self, text: str) -> None:
        """Writes a line above the panel."""
        self._live.console.print(text, highlight=False, markup=False)

    def _draw(self, *, now: bool) -> None:
        if now or time.monotonic() - self._drawn >= SECONDS_BETWEEN_DRAWINGS:
            self._drawn = time.monotonic()
            self._live.update(panel(self._scene), refresh=True)


def open_view(goal: str, mode: str, output: TextIO | None = None) -> View:
    """Returns the view that suits where the output goes."""
    stream = output or sys.stdout
    return LiveView(goal, mode, stream) if stream.isatty() else PlainView(goal, mode, stream)


def panel(scene: Scene) -> Any:
    """Draws a scene as a rich renderable."""
    from rich import box
    from rich.console import Group
    from rich.panel import Panel
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(padding=(0, 1))
    rows.add_column(style="bold", justify="right", no_wrap=True)
    rows.add_column()
    if pending := {name: state for name, state in scene.parts.items() if state != "ready"}:
        rows.add_row("parts", Text("  ".join(f"{name} {state}" for name, state in pending.items())))
    rows.add_row("goal", Text(scene.goal or "none yet", style="" if scene.goal else "dim"))
    rows.add_row("state", Text(scene.state + (f" ({scene.detail})" if scene.detail else "")))
    rows.add_row("sees", Text(scene.aim))
    line = Text()
    for span in scene.tokens.spans():
        line.append(span.text, style=_style(span))
    rows.add_row("says", line)
    doing = Table.grid(padding=(0, 1))
    doing.add_row(
        Text(scene.action or scene.robot, style="" if scene.action else "dim"),
        ProgressBar(total=1.0, completed=scene.progress if scene.action else 0.0, width=24),
    )
    rows.add_row("does", doing)
    if scene.limits:
        rows.add_row("limits", Text("; ".join(scene.limits), style="yellow"))

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("turn", "command", "latency", "first action", "accepted", "passes", "ended"):
        right = heading not in ("command", "ended")
        table.add_column(heading, justify="right" if right else "left")
    for turn in scene.turns:
        table.add_row(
            str(turn.turn),
            Text(turn.text),
            words.seconds(turn.latency),
            words.seconds(turn.first_action),
            words.percent(turn.acceptance),
            str(turn.passes),
            Text(turn.outcome),
        )
    return Panel(Group(rows, table), title=f"specedge · {scene.mode}", title_align="left")


def _style(span: Span) -> str:
    style = STYLES[span.state]
    return VERIFIED_STYLES.get(span.source, style) if span.state == "verified" else style
