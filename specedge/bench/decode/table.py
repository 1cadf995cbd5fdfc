"""The measurement on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from specedge.bench.decode.figures import Row
from specedge.bench.decode.options import DEFAULT_MODES, BenchOptions

EXCESS = 0.05
"""What steps take beyond what was asked, as a share of that, that is worth a line."""

COLUMNS = (
    "decoded by",
    "p50\nms",
    "p90\nms",
    "first\naction",
    "×\ncloud",
    "gain",
    "target\npasses",
    "accep-\nted",
    "cache\nhits",
    "bytes\nup",
    "same\ntext",
)


def show(console: Console, content: dict[str, Any], options: BenchOptions) -> None:
    """Prints all points of a report and what must be said about them."""
    points: dict[str, list[Row]] = {}
    for row in content["rows"]:
        points.setdefault(_place(row), []).append(row)
    console.print(f"[bold]{_title(content)}[/bold]")
    for place, rows in points.items():
        table = Table(
            box=SIMPLE_HEAD,
            title=place,
            title_justify="left",
            padding=(0, 1, 0, 0),
            show_edge=False,
        )
        # Words are never cut: what makes room on a narrow terminal is a line break between them.
        table.add_column(COLUMNS[0], min_width=max(map(len, DEFAULT_MODES)))
        for name in COLUMNS[1:]:
            table.add_column(name, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*_cells(row))
        console.print(table)
    for note in notes(content, options):
        console.print(note, highlight=False)


def notes(content: dict[str, Any], options: BenchOptions) -> list[str]:
    """Returns what a reader of the table must know, one line each."""
    said = [
        "Image and prompt count as one pass of the target and as one step of the draft. A pass "
        "takes its time however many tokens it runs.",
        f"The draft has {content['draft_share']:.0%} of the target's choices right, given all "
        "before.",
    ]
    alpha, had = content["alpha"], content["alpha_had"]
    if alpha is not None and had is not None:
        said.append(f"Drafts were spoiled: a drafted token is right with probability {had:.2f}.")
        if had < alpha:
            said.append(
                f"[yellow]--alpha {alpha:g} was asked for, but this draft is not right more "
                f"often than {had:.2f}; nothing was spoiled.[/yellow]"
            )
    if options.ablation:
        said.append(
            "cloud has none of the sources, not even forced tokens: streaming with forced alone "
            "is what a cloud that fast-forwards through the grammar has. What client adds is the "
            "edge's draft; all the rest the verifier could have had alone."
        )
    said += _generate_notes(content)
    said += _lateness_notes(content)
    machine = content["machine"]
    said.append(
        f"{machine['processor']}, {machine['processors']} processors, load {machine['load']}."
    )
    return said


def _lateness_notes(content: dict[str, Any]) -> list[str]:
    target, draft = (
        max((row["excess"][side] for row in content["rows"]), default=0.0)
        for side in ("target", "draft")
    )
    if max(target, draft) < EXCESS:
        return []
    return [
        f"[yellow]In the mean, passes of the target took {target:.0%} longer than emulated and "
        f"steps of the draft {draft:.0%}. The draft may, with image and prompt, where the target "
        "takes longer still; for the rest give a larger --time-scale or a quieter machine.[/yellow]"
    ]


def _generate_notes(content: dict[str, Any]) -> list[str]:
    generated = content["generate"]
    if generated is None:
        return []
    cloud = next(row for row in content["rows"] if row["mode"] == "cloud")
    return [
        f"Per token, cloud takes {cloud['per_token_ms']:.1f} ms and Hugging Face's generate "
        f"{generated['per_token_ms']:.1f} ms for the same texts of the same target; after the "
        f"first token {cloud['per_later_token_ms']:.1f} and "
        f"{generated['per_later_token_ms']:.1f} ms.",
        f"A pass takes them {cloud['per_pass_ms']:.1f} and {generated['per_pass_ms']:.1f} ms; "
        "generate needs one more, to write that the text ends.",
    ]


def _title(content: dict[str, Any]) -> str:
    return (
        f"{content['regime']}: {content['frames']} frames, temperature "
        f"{content['temperature']:g}, seed {content['seed']}"
    )


def _place(row: Row) -> str:
    return (
        f"round trip {row['rtt_ms']:.4g} ms, target {row['target_ms']:.4g} ms, "
        f"draft {row['draft_ms']:.4g} ms"
    )


def _cells(row: Row) -> Sequence[str]:
    return (
        row["name"],
        f"{row['latency_ms']['p50']:.0f}",
        f"{row['latency_ms']['p90']:.0f}",
        f"{row['first_action_ms']['p50']:.0f}",
        f"{row['speedup_vs_cloud']:.2f}",
        _share(row["gain_share"]),
        f"{row['target_passes']:.1f}",
        _share(row["acceptance"]),
        _share(row["cache_hit_rate"]),
        f"{row['bytes_up']:.0f}",
        "yes" if row["identical_to_cloud"] else "[red]no[/red]",
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
