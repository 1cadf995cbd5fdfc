"""Figures as SVG that takes its colours from the page, so that it is right by day and by night."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from specedge.edge.token_line import SOURCES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODES = ("cloud", "streaming", "preemptive", "speculative", "edge")

# matplotlib knows no CSS variables: each of these stands for one and is replaced by it.
_VARIABLES = ("ink", "faint", "line", "bad", *SOURCES, *(f"mode-{mode}" for mode in MODES))
_STAND_INS = {name: f"#0a0b{number:02x}" for number, name in enumerate(_VARIABLES, start=0x40)}

SETTINGS = {
    "font.size": 10.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "specedge",
    "text.color": _STAND_INS["ink"],
    "text.parse_math": False,
    "axes.edgecolor": _STAND_INS["faint"],
    "axes.labelcolor": _STAND_INS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _STAND_INS["line"],
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.color": _STAND_INS["faint"],
    "ytick.color": _STAND_INS["faint"],
    "xtick.labelcolor": _STAND_INS["ink"],
    "ytick.labelcolor": _STAND_INS["ink"],
    "legend.frameon": False,
    "legend.fontsize": 9.5,
}


def colour(name: str) -> str:
    """Returns what to give matplotlib for a colour of the page, such as ``ink`` or ``draft``."""
    return _STAND_INS.get(name, _STAND_INS["faint"])


def mode_colour(mode: str) -> str:
    """Returns what to give matplotlib for a mode."""
    return colour(f"mode-{mode}")


def figure(width: float, height: float) -> Figure:
    """Returns an empty figure; inches."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(made)
    return made


def style() -> Any:
    """Returns the context in which figures are drawn and written."""
    import matplotlib

    return matplotlib.rc_context(SETTINGS)


def inline(drawn: Figure, description: str) -> Markup:
    """Returns a figure as an ``<svg>`` element for a page, to be read out as `description`."""
    written = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    drawn.savefig(written, format="svg", transparent=True, metadata=nothing)
    text = written.getvalue()
    text = text[text.index("<svg") :]
    for name, stand_in in _STAND_INS.items():
        text = text.replace(stand_in, f"var(--{name})")
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    opening = f'<svg role="img" aria-label="{escape(description)}"'
    return Markup(text.replace("<svg", opening, 1).strip())
