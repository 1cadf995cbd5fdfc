"""A point is run as fast as this machine can keep its promises."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from specedge.bench.decode.points import Point
from specedge.bench.decode.reference import RealCosts
from specedge.bench.decode.scaling import time_scale

costs = st.builds(RealCosts, *[st.floats(0.001, 0.2)] * 5)
points = st.builds(Point, st.floats(0.0, 300.0), st.floats(5.0, 700.0), st.floats(5.0, 100.0))


@given(points, costs)
def test_every_real_step_fits_below_the_emulated_one(point: Point, costs: RealCosts) -> None:
    scale = time_scale(point, costs)
    target, draft = scale * point.target_ms / 1000.0, scale * point.draft_ms / 1000.0
    assert max(costs.target_prompt, costs.target_pass, costs.target_wide) < target
    assert costs.draft_step < draft
    assert costs.draft_prompt < max(target, draft)


def test_a_slow_target_is_not_waited_for_in_full() -> None:
    assert time_scale(Point(120.0, 620.0, 72.0), RealCosts(0.04, 0.006, 0.009, 0.016, 0.002)) < 0.2
