"""How much faster or slower than asked a point is run, so that it can be run at all."""

from __future__ import annotations

from specedge.bench.decode.points import Point
from specedge.bench.decode.reference import RealCosts

MARGIN = 1.25
"""A step must fit this many times into its emulated time: the processes disturb each other."""


def time_scale(point: Point, costs: RealCosts) -> float:
    """Returns what to multiply a point's times by.

    The smallest factor at which every real step still fits below the emulated one. So a slow
    point does not take minutes, and a fast one is not told by this machine's own speed. What is
    reported is divided by it again; what the machine itself adds then looks larger at a small
    factor, for every mode alike.

    The draft may take as long as the target for image and prompt: nobody asks for a draft before.
    """
    target = max(costs.target_prompt, costs.target_pass, costs.target_wide)
    shares = (
        target / point.target_ms,
        costs.draft_step / point.draft_ms,
        costs.draft_prompt / max(point.draft_ms, point.target_ms),
    )
    return round(MARGIN * 1000.0 * max(shares), 3)
