"""One seam for the ROS graph: rclpy where it can be imported, otherwise Cyclone DDS alone.

A node is written once, against the names below, and runs in both worlds::

    from specedge import ros
    from specedge.ros.messages import Status, String, Trigger
    from specedge.ros.settings import Setting, declare

    class EchoNode(ros.Node):
        def __init__(self) -> None:
            super().__init__("echo_node")
            settings = declare(self, [Setting("rate", 2.0, "How often to speak", "Hz", 0.1, 50.0)])
            latched = ros.QoSProfile(depth=1, durability=ros.DurabilityPolicy.TRANSIENT_LOCAL)
            self._status = self.create_publisher(Status, "/specedge/status", latched)
            self.create_subscription(String, "/specedge/goal", self._on_goal, latched)
            self.create_service(Trigger, "/specedge/cancel", self._on_cancel)
            self.create_timer(1.0 / settings["rate"], self._on_time)

        def close(self) -> None:
            "Ends the node's own threads; run() calls it before the node is destroyed."

    def main() -> int:
        return ros.run(EchoNode)

Rules that keep the two worlds alike:

- Messages come from ``specedge.ros.messages``: the generated classes under rclpy, classes made
  from the same .msg files otherwise. Give a float field a float; ``uint8[]`` takes bytes and
  gives ``array.array("B")``, so read it with ``bytes(message.data)``.
- Parameters are declared with ``specedge.ros.settings.declare``, so that type, range, choices
  and unit are checked and described alike.
- Callbacks run in the thread that spins. Another thread publishes freely, and reaches that
  thread by ``create_guard_condition(callback).trigger()``.
- SIGINT and SIGTERM interrupt nothing: ``ok()`` turns false, spinning ends, and ``close()`` may
  still publish. What waits as a node is made waits in short steps while ``ok()``.
- A timer whose beat others watch is made with ``clock=ros.steady_clock()``: by default rclpy's go
  by the node's clock, which under ``use_sim_time`` a bag starts, slows and holds.
- A publisher may block for a moment when a reliable subscription does not keep up; a control
  loop publishes from another thread than its own.

``SPECEDGE_ROS=rclpy`` or ``SPECEDGE_ROS=cyclonedds`` in the environment overrides the choice,
which ``implementation()`` names. It is made when the first of the names is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from specedge.ros.choice import RCLPY, implementation
from specedge.ros.running import run

if TYPE_CHECKING:
    # The adapter's own types stand for both, as rclpy has none that mypy can use.
    from specedge.ros.cyclone.api import (
        DurabilityPolicy,
        Duration,
        ExternalShutdownException,
        Future,
        HistoryPolicy,
        Node,
        Parameter,
        QoSProfile,
        ReliabilityPolicy,
        SingleThreadedExecutor,
        Time,
        init,
        ok,
        qos_profile_sensor_data,
        shutdown,
        spin,
        spin_once,
        spin_until_future_complete,
        steady_clock,
        try_shutdown,
    )

__all__ = [
    "DurabilityPolicy",
    "Duration",
    "ExternalShutdownException",
    "Future",
    "HistoryPolicy",
    "Node",
    "Parameter",
    "QoSProfile",
    "ReliabilityPolicy",
    "SingleThreadedExecutor",
    "Time",
    "implementation",
    "init",
    "ok",
    "qos_profile_sensor_data",
    "run",
    "shutdown",
    "spin",
    "spin_once",
    "spin_until_future_complete",
    "steady_clock",
    "try_shutdown",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no {name}; it has {', '.join(__all__)}")
    chosen = "genuine" if implementation() == RCLPY else "cyclone.api"
    return getattr(importlib.import_module(f"{__name__}.{chosen}"), name)
