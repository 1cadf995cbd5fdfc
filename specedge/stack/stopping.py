"""Calls a service of the stack that runs on this computer, from a process that has no node yet."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from specedge.ros.choice import CYCLONEDDS, implementation
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

    if implementation() == CYCLONEDDS:
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


def first_of(commands: Sequence[tuple[Sequence[str], Mapping[str, str]]]) -> str:
    """Runs commands side by side, each with variables of its own, and returns what one says.

    Raises:
        StackError: all of them failed; with what the first one says of it.
    """
    running = [
        subprocess.Popen(
            words,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words, variables in commands
    ]
    failed: dict[int, str] = {}
    with ThreadPoolExecutor(len(running)) as pool:
        ends = {pool.submit(process.communicate): index for index, process in enumerate(running)}
        for end in as_completed(ends):
            said, complaint = end.result()
            if running[ends[end]].returncode == 0:
                for process in running:
                    process.kill()
                return said.strip()
            failed[ends[end]] = complaint.strip().removeprefix("specedge: ")
    raise StackError(failed[0])
