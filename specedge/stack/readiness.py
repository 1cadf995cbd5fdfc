"""Waits for nodes that somebody else has started: ``python -m specedge.stack.readiness``.

Ends with exit code 0 as soon as a goal would be pursued at once: vlm_node misses neither a model
nor its verifier, and the motion controller takes commands. Otherwise it says at its timeout what
is missing, and ends with 1.
"""

from __future__ import annotations

import argparse
import queue
import sys
import time

from specedge.errors import SpecedgeError
from specedge.nodes.topics import AWAKE, DIAGNOSTICS, MOTION
from specedge.stack.errors import NotReady
from specedge.stack.events import Event, Events, Heard, Interrupted, interruptions
from specedge.stack.observer import Observer

VLM_NODE = "specedge: vlm_node"
OK = bytes([0])
"""DiagnosticStatus.OK."""


class Readiness:
    """What is missing, by what the nodes say."""

    def __init__(self) -> None:
        self._missing = {
            "vlm_node": "has not been heard",
            "motion_controller_node": "has not been heard",
        }

    @property
    def missing(self) -> str:
        """Which nodes are not ready, and why; "" when all are."""
        return "; ".join(f"{node} {why}" for node, why in self._missing.items() if why)

    def take(self, event: Event) -> None:
        """Takes one event; what came last counts."""
        if not isinstance(event, Heard):
            return
        if event.topic == DIAGNOSTICS:
            for status in event.message.status:
                if status.name == VLM_NODE:
                    why = "" if status.level == OK else f"says: {status.message}"
                    self._missing["vlm_node"] = why
        elif event.topic == MOTION:
            state = event.message.state
            why = "" if state in AWAKE else f"says that the robot is {state}"
            self._missing["motion_controller_node"] = why


def wait(events: Events, timeout: float) -> bool:
    """Takes events until all nodes are ready; returns whether that was waited for to its end.

    Args:
        events: What the nodes say, and interrupts.
        timeout: Seconds.

    Raises:
        NotReady: it took longer.
    """
    readiness = Readiness()
    deadline = time.monotonic() + timeout
    while readiness.missing:
        try:
            event = events.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise NotReady(f"not ready within {timeout:.0f} s: {readiness.missing}") from None
        if isinstance(event, Interrupted):
            return False
        readiness.take(event)
    return True


def main() -> int:
    """Waits; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m specedge.stack.readiness")
    parser.add_argument("--timeout", type=float, default=180.0, help="seconds")
    options = parser.parse_args()
    events: Events = Events()
    try:
        with interruptions(events), Observer(events):
            return 0 if wait(events, options.timeout) else 1
    except SpecedgeError as error:
        print(f"specedge: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
