from __future__ import annotations

import pytest

from specedge.nodes import wire


@pytest.mark.parametrize("moment", [0.0, 0.25, 12.000000001, 1.8e9])
def test_a_stamp_is_the_moment_that_it_was_made_from(moment: float) -> None:
    assert wire.seconds(wire.stamp(moment)) == pytest.approx(moment, abs=1e-6)


def test_there_is_no_stamp_before_the_epoch() -> None:
    """As the odometry of a node would have that has heard no simulated clock yet."""
    assert wire.seconds(wire.stamp(-0.02)) == 0.0
