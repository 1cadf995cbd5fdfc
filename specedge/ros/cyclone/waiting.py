"""Waiting for DDS without polling, and ending the wait when the process is asked to end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from cyclonedds.core import Entity, GuardCondition, WaitSet

from specedge.ros.cyclone.clock import NANOSECONDS
from specedge.ros.cyclone.context import Context
from specedge.ros.cyclone.entities import delete

# DDS_INFINITY
_FOREVER = 2**63 - 1


class Waitable(Protocol):
    """Something an executor waits for."""

    condition: Entity

    def take(self) -> Callable[[], None] | None:
        """Returns what to call for the oldest event that is there, if there is one."""


def nanoseconds(seconds: float | None) -> int:
    """Returns a timeout for DDS; None, or infinity, is forever."""
    if seconds is None or math.isinf(seconds):
        return _FOREVER
    return max(0, int(seconds * NANOSECONDS))


def wait_until(
    context: Context,
    watched: Mapping[Entity, int],
    satisfied: Callable[[], bool],
    timeout: float | None,
) -> bool:
    """Waits for a condition that can change when a status of some entity does.

    Args:
        context: its end ends the wait.
        watched: DDS entities, each with the mask of the statuses to heed.
        satisfied: the condition.
        timeout: s; None is forever.

    Returns:
        Whether the condition came true.
    """
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    participant = context.participant()
    guard = GuardCondition(participant)
    waitset = WaitSet(participant)

    def wake() -> None:
        guard.set(True)

    context.add_waker(wake)
    try:
        waitset.attach(guard)
        for entity, mask in watched.items():
            entity.set_status_mask(mask)
            waitset.attach(entity)
        while not satisfied():
            remaining = deadline - time.monotonic()
            if remaining <= 0.0 or not context.ok():
                return satisfied()
            waitset.wait(nanoseconds(remaining))
            for entity, mask in watched.items():
                entity.take_status(mask)
        return True
    finally:
        context.remove_waker(wake)
        delete(waitset)
        delete(guard)
