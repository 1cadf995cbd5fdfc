from __future__ import annotations

import threading

import pytest

from specedge.commands import Action, ActionKind
from specedge.motion.ghost import GhostRobot
from specedge.motion.guard import Decision
from specedge.motion.loop import ControlLoop
from specedge.motion.orders import Order
from specedge.motion.pilot import Pilot, PilotSettings
from specedge.motion.velocity import STILL, BodyVelocity
from specedge.robot.codes import StateCode
from tests.motion.walker import Clock


class CountingPilot(Pilot):
    """A pilot that lets a test wait for its steps."""

    def __init__(self, *, fails_at: int = -1) -> None:
        super().__init__(GhostRobot(), PilotSettings())
        self.times: list[float] = []
        self.enough = threading.Event()
        self._fails_at = fails_at

    def step(self, now: float) -> Decision:
        self.times.append(now)
        if len(self.times) >= 25:
            self.enough.set()
        if len(self.times) == self._fails_at:
            raise RuntimeError("broken on purpose")
        return super().step(now)


def test_the_loop_steps_at_its_rate_and_its_thread_ends_on_close() -> None:
    pilot = CountingPilot()
    with ControlLoop(pilot, rate=100.0) as loop:
        assert pilot.enough.wait(10.0)
    assert loop._thread.is_alive() is False
    steps = len(pilot.times)
    assert pilot.times == sorted(pilot.times)
    # A busy machine may be late, with the first step by nearly a period, but never makes up for it
    # by steps in a rush.
    assert pilot.times[-1] - pilot.times[0] >= 0.01 * (steps - 2) - 0.001 or loop.late_steps


def test_a_step_that_raises_ends_the_loop_and_is_told() -> None:
    told: list[Exception] = []
    failed = threading.Event()

    def on_failure(error: Exception) -> None:
        told.append(error)
        failed.set()

    pilot = CountingPilot(fails_at=3)
    with ControlLoop(pilot, on_failure=on_failure):
        assert failed.wait(10.0)
    assert len(pilot.times) == 3
    assert "on purpose" in str(told[0])


def test_a_ghost_goes_where_it_is_told_until_the_deadline() -> None:
    clock = Clock()
    ghost = GhostRobot(clock)
    ghost.move(BodyVelocity(x=0.5), clock.now + 1.0)
    clock.now += 3.0
    sample = ghost.latest()
    assert sample.x == pytest.approx(0.5)
    assert sample.vx == 0.0
    ghost.move(BodyVelocity(yaw_rate=0.5), clock.now + 9.0)
    clock.now += 1.0
    ghost.call("stop_move")
    clock.now += 1.0
    assert ghost.latest().yaw == pytest.approx(0.5)
    assert ghost.fault() == ""


def test_a_ghost_sits_down_and_gets_up_when_asked() -> None:
    ghost = GhostRobot(Clock())
    ghost.call("sit")
    assert ghost.latest().state_code == StateCode.SITTING
    ghost.call("rise_sit")
    assert ghost.latest().state_code == StateCode.BALANCE_STAND


def test_a_dry_run_carries_an_order_out_without_a_robot() -> None:
    clock = Clock()
    ghost = GhostRobot(clock)
    pilot = Pilot(ghost, PilotSettings())
    pilot.step(clock.now)
    pilot.order(
        Order("a", 1, 0.0, clock.now, clock.now + 1, (Action(ActionKind.WALK, 0.5),)), clock.now
    )
    for _ in range(300):
        clock.now += 0.02
        pilot.step(clock.now)
    assert pilot.take_report().outcome == "ok"
    assert pilot.take_report().commanded == STILL
    assert ghost.latest().x == pytest.approx(0.5, abs=0.06)
