"""Profiles and frames that the nodes agree on, and the domain of the robot."""

from __future__ import annotations

from specedge import ros
from specedge.ros.domain import domain_id

LATCHED = ros.QoSProfile(depth=1, durability=ros.DurabilityPolicy.TRANSIENT_LOCAL)
"""Reliable, and the last message reaches those who come late."""
NEWEST = ros.QoSProfile(depth=1, reliability=ros.ReliabilityPolicy.BEST_EFFORT)
"""For subscriptions to sensors: what is missed is outdated."""
RELIABLE = ros.QoSProfile(depth=10)
"""For publishers of all kinds: a best-effort writer would not reach a reliable reader."""

BASE_FRAME = "base_link"
ODOM_FRAME = "odom"
CAMERA_FRAME = "camera_optical_frame"
"""z forward, x to the right, y down, as REP-103 has it for cameras."""


def robot_domain(network_interface: str) -> int:
    """Returns the DDS domain of the robot behind an interface.

    A Go2 is on domain 0; the simulated one, on the loopback interface, is where the nodes are.
    """
    return domain_id() if network_interface == "lo" else 0
