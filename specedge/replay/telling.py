"""What a replay found, in words and lines for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from specedge.replay.records import Agreement, Spread, Totals
from specedge.replay.trace_records import Verification

HEADS = (
    "mode", "turns", "failed", "late", "ms", "first", "passes", "accepted", "hits", "bytes up/down"
)  # fmt: skip


def sentence(found: Verification) -> str:
    """Says in one line what a verification found."""
    ended = "interrupted: " if found.partial else ""
    traced = f"{found.motions} motions"
    if not found.untraced:
        traced += ", each traced to its command, tokens and frame"
    models = "" if found.models_known else " (the recording does not tell its models)"
    return f"{ended}{found.same} of {found.turns} turns say the same, bit for bit{models}; {traced}"


def table(totals: Totals) -> Table:
    """Returns one line per mode: medians in milliseconds, bytes and passes for one turn."""
    title = f"{totals.frames} frames"
    lines = Table(box=None, padding=(0, 1, 0, 0), title=title, title_justify="left")
    for name in HEADS:
        lines.add_column(name, justify="left" if name == "mode" else "right", no_wrap=True)
    for mode in totals.modes:
        turns = max(mode.turns, 1)
        lines.add_row(
            mode.mode,
            str(mode.turns),
            str(mode.failed),
            str(mode.late),
            _median(mode.latency_ms),
            _median(mode.first_action_ms),
            f"{mode.target_passes / turns:.1f}",
            _share(mode.acceptance),
            _share(mode.hit_rate),
            f"{mode.bytes_up / turns:.0f}/{mode.bytes_down / turns:.0f}",
        )
    return lines


def agreements(totals: Totals) -> Iterator[str]:
    """Says who agreed in every frame, and how much the others did."""
    pairs = dict(totals.between_modes)
    pairs |= {f"{mode.mode}/recording": mode.with_recording for mode in totals.modes}
    compared = {pair: found for pair, found in pairs.items() if found.compared}
    same = [pair for pair, found in compared.items() if found.exact == 1.0]
    names = dict.fromkeys(name for pair in same for name in pair.split("/"))
    if names:
        yield f"the same text in every frame: {', '.join(names)}"
    told: set[str] = set()
    for pair, found in compared.items():
        # One of those that agree stands for all of them.
        odd = tuple(name for name in pair.split("/") if name not in names)
        if pair not in same and (len(odd) != 1 or odd[0] not in told):
            told.update(odd)
            yield f"{pair}: {_agreement(found)}"


def _agreement(agreement: Agreement) -> str:
    return (
        f"{_share(agreement.exact)} the same text, {_share(agreement.action)} the same actions "
        f"within tolerance"
    )


def _median(spread: Spread) -> str:
    return "–" if spread.p50 is None else f"{spread.p50:.0f}"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{100.0 * share:.0f} %"
