"""The names of specedge.ros where rclpy is not there."""

from __future__ import annotations

from collections.abc import Sequence

from specedge.ros.cyclone.clock import Duration, SteadyClock, Time
from specedge.ros.cyclone.context import default_context
from specedge.ros.cyclone.executor import ExternalShutdownException, SingleThreadedExecutor
from specedge.ros.cyclone.futures import Future
from specedge.ros.cyclone.node import Node
from specedge.ros.cyclone.parameters import Parameter
from specedge.ros.cyclone.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    QoSProfile,
    ReliabilityPolicy,
    qos_profile_sensor_data,
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


def init(*, args: Sequence[str] | None = None) -> None:
    """See Context.init."""
    default_context().init(args)


def ok() -> bool:
    """Returns whether the process is to go on: initialised, and not asked to end."""
    return default_context().ok()


def steady_clock() -> SteadyClock:
    """Returns a clock that nothing sets or holds, for timers."""
    return SteadyClock()


def try_shutdown() -> None:
    """Leaves the graph. Harmless if repeated."""
    default_context().shutdown()


shutdown = try_shutdown


def spin(node: Node) -> None:
    """Runs the node's callbacks; ExternalShutdownException ends it."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    try:
        executor.spin()
    finally:
        executor.shutdown()


def spin_once(node: Node, *, timeout_sec: float | None = None) -> None:
    """Runs the node's next callback. See SingleThreadedExecutor.spin_once."""
    _executor(node).spin_once(timeout_sec)


def spin_until_future_complete(
    node: Node, future: Future, *, timeout_sec: float | None = None
) -> None:
    """Runs the node's callbacks until the future is done, or the timeout (s) is over."""
    _executor(node).spin_until_future_complete(future, timeout_sec)


def _executor(node: Node) -> SingleThreadedExecutor:
    # Kept with the node: an executor may hold callbacks that are still to be run.
    if node.executor is None:
        SingleThreadedExecutor(context=node.context).add_node(node)
    assert node.executor is not None
    return node.executor
