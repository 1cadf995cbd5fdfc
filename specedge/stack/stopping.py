"""Calls a service of the stack that runs on this computer, from a process that has no node yet."""

from __future__ import annotations

import os

from specedge.ros.domain import loopback_configuration
from specedge.stack.errors import StackError


def call_trigger(service: str, timeout: float) -> str:
    """Calls a ``std_srvs/srv/Trigger`` and returns what it answers.

    Args:
        service: Its name, such as ``/specedge/stop``.
        timeout: Seconds to wait for it, and for its answer.

    Raises:
        StackError: nobody offers it here, answers, or does as asked.
    """
    from specedge import ros
    from specedge.ros import messages

    # Where `specedge up` puts its nodes unless it is told otherwise.
    os.environ.setdefault("CYCLONEDDS_URI", loopback_configuration())
    ros.init(args=[])
    try:
        node = ros.Node("specedge_stop")
        client = node.create_client(messages.Trigger, service)
        if not client.wait_for_service(timeout_sec=timeout):
            raise StackError(
                f"nobody offers {service} within {timeout:g} s; does motion_controller_node run "
                "here, with the same ROS_DOMAIN_ID and CYCLONEDDS_URI (unset it for a simulated "
                "robot, which keeps to the loopback interface)? Nodes that ROS 2 launched are "
                f"reached by `ros2 service call {service} std_srvs/srv/Trigger`; the Go2's own "
                "remote control stops it in any case"
            )
        future = client.call_async(messages.Trigger.Request())
        executor = ros.SingleThreadedExecutor()
        executor.add_node(node)
        executor.spin_until_future_complete(future, timeout_sec=timeout)
        if not future.done():
            raise StackError(f"{service} does not answer within {timeout:g} s")
        answer = future.result()
        if not answer.success:
            raise StackError(f"{service}: {answer.message}")
        return str(answer.message)
    finally:
        ros.try_shutdown()
