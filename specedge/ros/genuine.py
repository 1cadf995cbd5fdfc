"""The names of specedge.ros where rclpy is there: its own, but for the end of a process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import rclpy
from rclpy import spin_once, spin_until_future_complete
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    QoSProfile,
    ReliabilityPolicy,
    qos_profile_sensor_data,
)
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future
from rclpy.time import Time

from specedge.ros.ending import Ending

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
    "init",
    "ok",
    "qos_profile_sensor_data",
    "shutdown",
    "spin",
    "spin_once",
    "spin_until_future_complete",
    "steady_clock",
    "try_shutdown",
]

LONGEST_WAIT = 0.1
"""Seconds until a signal is heeded: Python runs no handler while rclpy waits."""


@lru_cache(maxsize=1)
def _ending() -> Ending:
    return Ending()


def init(*, args: Sequence[str] | None = None) -> None:
    """Initialises rclpy with signals that leave its context usable; see `Ending`."""
    rclpy.init(
        args=None if args is None else list(args), signal_handler_options=SignalHandlerOptions.NO
    )
    _ending().heed()


def ok() -> bool:
    """Returns whether the process is to go on: initialised, and not asked to end."""
    return bool(rclpy.ok()) and not _ending().asked


def steady_clock() -> Clock:
    """Returns a clock that nothing sets or holds, for timers."""
    return Clock(clock_type=ClockType.STEADY_TIME)


def try_shutdown() -> None:
    """Leaves the graph. Harmless if repeated."""
    _ending().release()
    rclpy.try_shutdown()


shutdown = try_shutdown


def spin(node: Node) -> None:
    """Runs the node's callbacks; ExternalShutdownException ends it, with the node still whole."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    try:
        while ok():
            executor.spin_once(timeout_sec=LONGEST_WAIT)
        raise ExternalShutdownException
    finally:
        executor.shutdown()
