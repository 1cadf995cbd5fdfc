"""The content of the JSON file: what was asked for, on which machine, and all rows."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from specedge.bench.decode.figures import Row
from specedge.bench.decode.generate import Generated
from specedge.bench.decode.options import BenchOptions
from specedge.bench.decode.reference import Measured
from specedge.stack.summary import versions

GRID = "grid"


def report(
    options: BenchOptions,
    frames: int,
    measured: Measured,
    alpha_had: float | None,
    rows: Sequence[Row],
    generated: Sequence[Generated],
    names: tuple[str, str],
) -> dict[str, Any]:
    """Returns all that a run has found.

    Args:
        options: What was asked for.
        frames: How many frames there were; a bag may hold fewer than asked for.
        measured: What was found before the modes ran.
        alpha_had: How often a drafted token was right after spoiling; None without it.
        rows: From all points.
        generated: Texts of Hugging Face's ``generate``; empty where it was not measured.
        names: Of target and draft.
    """
    scales = {row["time_scale"] for row in rows}
    return {
        "regime": GRID if options.grid else options.regime,
        "frames": frames,
        "alpha": options.alpha,
        "alpha_had": alpha_had,
        "time_scale": scales.pop() if len(scales) == 1 else None,
        "temperature": options.temperature,
        "seed": options.seed,
        "gamma": options.gamma,
        "patience": options.patience,
        "without": sorted(options.without),
        "link": "netem" if options.netem else "relay",
        "bag": None if options.bag is None else str(options.bag),
        "target": names[0],
        "draft": names[1],
        "draft_share": measured.draft_share,
        "real_ms": {name: 1000.0 * cost for name, cost in asdict(measured.costs).items()},
        "machine": machine(),
        "versions": versions(),
        "generate": summary(generated) if generated else None,
        "rows": list(rows),
    }


def summary(generated: Sequence[Generated]) -> dict[str, Any]:
    """Returns what ``generate`` took, in milliseconds: by the token, by the token after the first
    one, and by the pass after the prompt's."""
    later = [text for text in generated if text.tokens > 1]
    return {
        "latency_ms": {"p50": 1000.0 * statistics.median(text.seconds for text in generated)},
        "per_token_ms": 1000.0
        * statistics.median(text.seconds / text.tokens for text in generated),
        "per_later_token_ms": 1000.0
        * statistics.median(
            (text.seconds - text.first_token) / (text.tokens - 1) for text in later
        ),
        "per_pass_ms": 1000.0
        * statistics.median((text.seconds - text.first_token) / text.passes for text in later),
        "tokens": statistics.fmean(text.tokens for text in generated),
        "masked": sum(text.masked for text in generated),
        "same_text": all(text.same for text in generated),
    }


def machine() -> dict[str, Any]:
    """Describes the machine, and how busy it was."""
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "system": platform.platform(terse=True),
        "load": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
