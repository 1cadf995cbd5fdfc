"""The Go2's own remote control: whoever moves it drives the robot himself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from specedge.robot.messages import RemoteMoved
from specedge.robot.sdk import ChannelSubscriber, WirelessController_

TOPIC = "rt/wirelesscontroller"
REPEAT = 0.1
"""Seconds between two messages while the remote control is in use; a Go2 sends many more."""
_STICKS = (("lx", "left stick"), ("ly", "left stick"), ("rx", "right stick"), ("ry", "right stick"))
_KEYS = (
    *("R1", "L1", "start", "select", "R2", "L2", "F1", "F2"),
    *("A", "B", "X", "Y", "up", "right", "down", "left"),
)
"""From the lowest bit on (unitree_sdk2, example/wireless_controller)."""


def control_in_use(sample: Any, deadband: float) -> str:
    """Names the first control of a WirelessController that is not at rest; else empty.

    Args:
        sample: As it came from the robot.
        deadband: How far a stick, -1 to 1, may lie from its middle and count as let go.
    """
    for axis, name in _STICKS:
        if abs(getattr(sample, axis)) > deadband:
            return f"{name} at {getattr(sample, axis):.2f}"
    pressed = [name for bit, name in enumerate(_KEYS) if sample.keys >> bit & 1]
    return f"button {pressed[0]}" if pressed else ""


class RemoteControl:
    """Tells that the remote control is in use, as long as it is.

    Args:
        tell: Takes what is told; must neither block nor write to DDS.
        deadband: As of `control_in_use`.
    """

    def __init__(self, tell: Callable[[RemoteMoved], None], deadband: float) -> None:
        self._tell = tell
        self._deadband = deadband
        self._told = -REPEAT
        self._subscriber = ChannelSubscriber(TOPIC, WirelessController_)
        self._subscriber.Init(self._take)

    def close(self) -> None:
        """Listens no more."""
        self._subscriber.Close()

    def _take(self, sample: Any) -> None:
        control, now = control_in_use(sample, self._deadband), time.monotonic()
        if control and now - self._told >= REPEAT:
            self._told = now
            self._tell(RemoteMoved(now, control))
