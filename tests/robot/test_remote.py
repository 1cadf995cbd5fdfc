from __future__ import annotations

import pytest

from specedge.robot.remote import control_in_use
from specedge.robot.sdk import WirelessController_


@pytest.mark.parametrize(
    ("sample", "control"),
    [
        (WirelessController_(0.0, 0.0, 0.0, 0.0, 0), ""),
        (WirelessController_(0.05, -0.1, 0.1, 0.0, 0), ""),
        (WirelessController_(0.0, 0.0, -0.4, 0.0, 0), "right stick at -0.40"),
        (WirelessController_(0.0, 0.8, 0.0, 0.0, 1 << 8), "left stick at 0.80"),
        (WirelessController_(0.0, 0.0, 0.0, 0.0, 1 << 5 | 1 << 9), "button L2"),
        (WirelessController_(0.0, 0.0, 0.0, 0.0, 1 << 15), "button left"),
    ],
)
def test_what_is_moved_or_pressed_is_named_and_what_rests_is_not(
    sample: WirelessController_, control: str
) -> None:
    assert control_in_use(sample, deadband=0.1) == control
