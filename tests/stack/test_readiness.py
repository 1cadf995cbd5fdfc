"""A stack is ready when vlm_node and the motion controller say so, and not before."""

from __future__ import annotations

import os
import signal
import sys
from types import SimpleNamespace

import pytest

from specedge.nodes import wire
from specedge.nodes.topics import DIAGNOSTICS, MOTION
from specedge.stack import readiness as readiness_module
from specedge.stack.errors import NotReady
from specedge.stack.events import Events, Heard, Interrupted
from specedge.stack.readiness import Readiness, wait


def says(node: str, level: int, text: str) -> Heard:
    return Heard(DIAGNOSTICS, wire.diagnostics(0.0, node, level, text, []))


def moves(state: str) -> Heard:
    return Heard(MOTION, SimpleNamespace(state=state))


def test_each_node_is_missing_until_it_says_otherwise() -> None:
    readiness = Readiness()
    assert "vlm_node has not been heard" in readiness.missing
    readiness.take(says("vlm_node", 1, "the draft model is being loaded"))
    readiness.take(moves("starting"))
    assert readiness.missing == (
        "vlm_node says: the draft model is being loaded; "
        "motion_controller_node says that the robot is starting"
    )
    readiness.take(moves("stopped"))
    readiness.take(says("camera_node", 0, "ok"))
    assert readiness.missing == "vlm_node says: the draft model is being loaded"
    readiness.take(says("vlm_node", 0, "ok"))
    assert readiness.missing == ""


def test_waiting_ends_when_all_are_ready_or_with_what_is_missing() -> None:
    events: Events = Events()
    events.put(moves("ready"))
    with pytest.raises(NotReady, match="not ready within 0 s: vlm_node has not been heard"):
        wait(events, 0.0)
    events.put(moves("ready"))
    events.put(says("vlm_node", 0, "ok"))
    assert wait(events, 0.0)


def test_an_interrupt_ends_the_wait_without_an_error() -> None:
    events: Events = Events()
    events.put(Interrupted(2))
    assert not wait(events, 60.0)


def test_a_ctrl_c_while_the_graph_is_joined_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Joining:
        def __init__(self, _: Events) -> None: ...

        def __enter__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(readiness_module, "Observer", Joining)
    monkeypatch.setattr(sys, "argv", ["readiness"])
    assert readiness_module.main() == 1
