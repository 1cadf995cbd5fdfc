"""What came of a run, as numbers: the content of summary.json."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from specedge import __version__
from specedge.nodes.topics import EXIT_AGREEMENT
from specedge.stack.truth import Judgement, Moment, path_length

WITHOUT_DRAFTS = ("edge", "cloud")
"""Modes in which no draft is verified, so that none can be accepted."""

MEASURED_PACKAGES = ("torch", "transformers", "mujoco", "numpy", "cyclonedds", "unitree_sdk2")


@dataclass
class Turns:
    """The figures of every decoded turn; times in seconds."""

    latencies: list[float] = field(default_factory=list)
    first_actions: list[float] = field(default_factory=list)
    acceptances: list[float] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    exits: dict[str, list[float]] = field(default_factory=dict)
    last: tuple[float, float, str] = (0.0, 0.0, "")
    last_exits: str = ""

    COUNTED = (
        "tokens",
        "target_passes",
        "cache_hits",
        "cache_misses",
        "bytes_up",
        "bytes_down",
    )

    def take(self, status: Any) -> None:
        """Takes a specedge_msgs/Status; the same turn told twice counts once."""
        if not status.text or identity(status) == self.last:
            return
        self.last = identity(status)
        self.latencies.append(status.latency)
        self.first_actions.append(status.first_action_latency)
        if status.mode not in WITHOUT_DRAFTS:
            self.acceptances.append(status.acceptance)
        for name in self.COUNTED:
            self.totals[name] = self.totals.get(name, 0) + getattr(status, name)

    def take_diagnostics(self, message: Any) -> None:
        """Takes a diagnostic_msgs/DiagnosticArray: how often vlm_node's exits were right."""
        for status in message.status:
            values = {pair.key: pair.value for pair in status.values}
            shares = {key: value for key, value in values.items() if EXIT_AGREEMENT in key}
            told = f"{values.get('turn')} {shares}"
            if shares and values.get("state") == "acting" and told != self.last_exits:
                self.last_exits = told
                for key, value in shares.items():
                    layer = key.removeprefix(EXIT_AGREEMENT)
                    self.exits.setdefault(layer, []).append(float(value))

    def figures(self) -> dict[str, Any]:
        """Returns what summary.json says about decoding."""
        return {
            "turns": len(self.latencies),
            "latency_s": _spread(self.latencies),
            "first_action_s": _spread(self.first_actions),
            "acceptance": _mean(self.acceptances) if self.acceptances else None,
            "exit_agreement": {layer: _mean(shares) for layer, shares in self.exits.items()},
            **{name: self.totals.get(name, 0) for name in self.COUNTED},
        }


def identity(status: Any) -> tuple[float, float, str]:
    """Tells one decode from the next in specedge_msgs/Status, which repeats the newest."""
    return status.latency, status.first_action_latency, status.text


def versions() -> dict[str, str]:
    """Returns the versions that a run depends on."""
    found = {"specedge": __version__, "python": platform.python_version()}
    for name in MEASURED_PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def of_truth(judgement: Judgement, moments: Sequence[Moment]) -> dict[str, Any]:
    """Returns what summary.json says about where the robot went; m, degrees and s."""
    return {
        "reached": judgement.reached,
        "object_reached": judgement.object_reached or None,
        "distance_m": _number(judgement.distance),
        "bearing_deg": _number(math.degrees(judgement.bearing)),
        "stopped": judgement.stopped,
        "path_length_m": path_length(moments),
        "collisions": moments[-1].collisions,
        "simulated_s": moments[-1].time - moments[0].time,
    }


def write(file: Path, content: Mapping[str, Any]) -> None:
    """Writes a summary as strict JSON (no NaN)."""
    file.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")


def percentile(values: Sequence[float], share: float) -> float:
    """Returns the value below which that share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    if not values:
        return {"p50": None, "p90": None}
    return {"p50": percentile(values, 0.5), "p90": percentile(values, 0.9)}


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
