"""Everything between an order and the robot, one deterministic step at a time."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from specedge.clocks import CLOCKS_APART, stamped_ahead
from specedge.motion.estop import EmergencyStop
from specedge.motion.executor import Outcome, Posture
from specedge.motion.guard import Decision, Guard, GuardInputs
from specedge.motion.limits import Limits
from specedge.motion.orders import Order, Verdict, judge
from specedge.motion.pacing import Pacing
from specedge.motion.readiness import (
    LOCKED_CODE,
    LOWERED_CODES,
    STANDING_CODES,
    PostureStep,
    Readiness,
)
from specedge.motion.report import MotionReport, PilotState
from specedge.motion.robot import Robot, RobotSample
from specedge.motion.surroundings import Surroundings, sees_ahead
from specedge.motion.task import Patience, Task
from specedge.motion.velocity import STILL, BodyVelocity
from specedge.motion.watchdog import Silence, Watchdog

ROBOT = "robot"
"""The watchdog's name for the robot's own reports."""
LIDAR = "lidar"
"""The watchdog's name for the robot's scans of what is around it."""
MOVE_LIFETIME = 0.25
"""Seconds after which a velocity must not be driven any more, should it be delayed on its way."""
STOP_EVERY = 0.2
"""Seconds between two StopMove calls while a stop is not confirmed."""
PROBE_EVERY = 1.0
"""Seconds between two StopMove calls to a robot that cannot be reached, to see when it can."""
OPERATOR_HOLD = 2.0
"""Seconds for which joystick and remote control keep their rank after they were last moved."""


@dataclass(frozen=True)
class PilotSettings:
    """What the pilot is made with.

    Attributes:
        limits: The envelope of what is driven.
        pacing: How actions are driven inside it.
        patience: How long an order waits.
        silences: Seconds that each source may be silent while an order is carried out.
        margin: Distance to keep from what the lidar sees, m; of no account where there is none.
        stand_at_start: Whether the robot is raised before the first order.
        picture_age: Seconds after which what a picture showed is no ground to move.
    """

    limits: Limits = field(default_factory=Limits)
    pacing: Pacing = field(default_factory=Pacing)
    patience: Patience = field(default_factory=Patience)
    silences: Mapping[str, float] = field(default_factory=lambda: {ROBOT: 0.2})
    margin: float = 0.0
    stand_at_start: bool = True
    picture_age: float = 10.0


class Pilot:
    """Carries out orders through the guard. Inputs may come from any thread.

    Only `step` sends anything to the robot, and only what the guard decided.
    """

    def __init__(self, robot: Robot, settings: PilotSettings) -> None:
        self.watchdog = Watchdog({ROBOT: 0.2, **settings.silences})
        self._robot = robot
        self._settings = settings
        self._guard = Guard(settings.limits, settings.margin)
        self._surroundings = Surroundings()
        self._scanned = -math.inf
        self._readiness = Readiness()
        self._emergency = EmergencyStop()
        self._lock = threading.RLock()
        self._rising = settings.stand_at_start
        self._stood = False
        self._posture_step = PostureStep(False, reason="no report yet")
        self._task: Task | None = None
        self._newest: Order | None = None
        self._finished: tuple[int, str, str] = (0, "", "")
        self._requested = STILL
        self._held: tuple[str, ...] = ()
        self._notes: dict[str, None] = {}
        self._operator_moved = -math.inf
        self._operator_control = ""
        self._released = False
        self._stopped_goal: str | None = None
        self._stop_called = -math.inf
        self._sent = STILL
        self._stepped: float | None = None
        self._state = PilotState.STARTING

    def order(self, order: Order, now: float) -> tuple[Verdict, str]:
        """Takes, extends or refuses an order, and returns which, with the reason."""
        with self._lock:
            verdict, reason = judge(order, self._newest, now)
            if order.captured < self._operator_moved:
                self._stopped_goal = order.goal_id
            if order.goal_id == self._stopped_goal and not self._emergency.pressed:
                # Whoever releases the stop, or a stick, does not ask the robot to go on.
                verdict, reason = Verdict.REFUSE, "its goal was stopped; give it again"
            elif verdict is Verdict.BEGIN and (fault := self._picture_fault(order, now)):
                verdict, reason = Verdict.REFUSE, fault
            if reason:
                self._note(f"order {verdict.value}: {reason}")
            if verdict in (Verdict.BEGIN, Verdict.REFUSE):
                self._supersede(order)
            if verdict is Verdict.REFUSE:
                self._finished = (order.turn, Outcome.REFUSED.value, reason)
            elif verdict is Verdict.BEGIN:
                self._task = Task(order, self._settings.pacing, self._settings.patience)
            elif verdict is Verdict.EXTEND:
                self._newest = order
                if self._task is not None:
                    self._task.order = order
            return verdict, reason

    def press_stop(self, reason: str) -> None:
        """Latches the emergency stop."""
        self._emergency.press(reason)

    def reset_stop(self) -> bool:
        """Releases the emergency stop and returns whether it was latched."""
        return self._emergency.reset()

    def operator_moved(self, now: float, control: str = "joystick") -> None:
        """Notes that somebody drives the robot himself, and by which control."""
        with self._lock:
            self._operator_moved = now
            self._operator_control = control

    def step(self, now: float) -> Decision:
        """Does one step of the fixed-rate loop."""
        with self._lock:
            robot = self._robot.latest()
            for refusal in self._robot.take_refusals():
                self._note(refusal)
            if robot is not None:
                self.watchdog.heard(ROBOT, robot.received)
                self._see_lowered(robot)
                self._see_scan(robot)
            emergency = self._emergency.reason if self._emergency.pressed else ""
            operator = now < self._operator_moved + OPERATOR_HOLD
            if self._task is not None and (emergency or operator):
                cause = f"emergency stop: {emergency}" if emergency else self._operator_control
                self._task.end(Outcome.STOPPED, cause)
            if emergency or operator:
                self._rising = False
            if emergency:
                self._stopped_goal = self._newest.goal_id if self._newest else None
            elif operator and self._newest is not None and self._newest.goal_id:
                self._stopped_goal = self._newest.goal_id
            posture = self._take_posture(now, robot, allowed=not emergency and not operator)
            self._requested = self._ask_task(now, robot, posture)
            inputs = GuardInputs(
                robot=robot,
                silent=self._silences(now),
                emergency=emergency,
                not_ready=self._not_ready(posture),
                operator=operator,
                obstacles=self._obstacles(robot),
            )
            decision = self._guard.step(now, self._requested, inputs)
            if operator and not emergency:
                self._release()
            else:
                self._send(now, decision)
            self._close_task(now)
            self._held = decision.held
            self._stepped = now
            for reason in decision.cuts + (decision.held if self._task else ()):
                self._note(reason)
            self._state = self._name_state(robot, posture, emergency, operator, decision)
            return decision

    def take_report(self) -> MotionReport:
        """Returns what is going on, with every refusal and cut since the last report."""
        with self._lock:
            notes, self._notes = tuple(self._notes), {}
            task = self._task
            newest = self._newest
            turn, outcome, detail = self._finished
            return MotionReport(
                state=self._state,
                goal_id=newest.goal_id if newest else "",
                turn=newest.turn if newest else 0,
                action=task.text if task else "",
                progress=task.progress if task else 0.0,
                requested=self._requested,
                commanded=self._guard.velocity,
                limits=notes,
                finished_turn=turn,
                outcome=outcome,
                detail=detail,
                emergency=self._emergency.reason,
            )

    def _supersede(self, order: Order) -> None:
        if self._newest is None or order.goal_id != self._newest.goal_id:
            # Turns of another goal may carry the same numbers.
            self._finished = (0, "", "")
        self._newest = order
        if self._task is not None:
            self._note(f"turn {self._task.order.turn} replaced by turn {order.turn}")
        self._task = None

    def _picture_fault(self, order: Order, now: float) -> str:
        age = now - order.captured
        if age > self._settings.picture_age:
            return f"turn {order.turn}: its picture is {age:.1f} s old"
        if not age >= -CLOCKS_APART:
            return stamped_ahead(f"turn {order.turn}: its picture is", -age)
        return ""

    def _see_lowered(self, robot: RobotSample) -> None:
        """Presses the emergency stop when a robot that stood for us lies or sits unasked."""
        if self._stood and robot.state_code in LOWERED_CODES:
            self._stood = False
            self._emergency.press(f"somebody else lowered the robot (state {robot.state_code})")

    def _see_scan(self, robot: RobotSample) -> None:
        scan = self._robot.scan()
        if scan is None or scan.received <= self._scanned:
            return
        self._scanned = scan.received
        # A robot that does not know where it is cannot tell where the things are that it sees.
        placed = all(map(math.isfinite, (*robot.place, robot.roll, robot.pitch)))
        if placed and robot.state_code in STANDING_CODES:
            self._surroundings.take(scan, robot.place, robot.roll, robot.pitch)
        if placed and sees_ahead(scan) and LIDAR in self.watchdog.sources:
            self.watchdog.heard(LIDAR, scan.received)

    def _obstacles(self, robot: RobotSample | None) -> np.ndarray:
        place = (0.0, 0.0, 0.0) if robot is None else robot.place
        if not all(map(math.isfinite, place)):
            place = (math.nan, math.nan, math.nan)
        return self._surroundings.around(place)

    def _take_posture(self, now: float, robot: RobotSample | None, allowed: bool) -> PostureStep:
        # Between orders the robot may be in any posture: its own remote control has its say, too.
        wanted = Posture.STANDING if self._rising else Posture.ANY
        if self._task is not None and self._task.posture is not Posture.ANY:
            wanted = self._task.posture
        fresh = not any(silence.source == ROBOT for silence in self.watchdog.silent(now))
        if not allowed or not fresh or self._robot.fault():
            return replace(self._posture_step, call="")
        # Legs are folded and unfolded only under a robot that stands still.
        step = self._readiness.step(now, robot, wanted, may_call=self._guard.resting)
        if wanted is Posture.SITTING:
            self._stood = False
        elif wanted is Posture.STANDING and step.reached:
            self._stood, self._rising = True, False
        elif wanted is Posture.STANDING and robot is not None and robot.state_code == LOCKED_CODE:
            # It stands, if not ready to walk: should it lie again, somebody else wanted that.
            self._stood = True
        if step.call:
            self._robot.call(step.call)
            self._note(f"asked for {step.call}: {step.reason}")
        self._posture_step = step
        return step

    def _ask_task(
        self, now: float, robot: RobotSample | None, posture: PostureStep
    ) -> BodyVelocity:
        task = self._task
        if task is None or robot is None:
            return STILL
        held = self._held
        driven = 0.0 if held or self._stepped is None else now - self._stepped
        waits = posture.reason if task.posture is not Posture.ANY else ""
        if not waits:
            task.held(now, held)
        ignores = self._readiness.may_ignore_moves(now)
        return task.step(now, driven, robot, waits, self._guard.resting, ignores).velocity

    def _silences(self, now: float) -> tuple[Silence, ...]:
        silent = self.watchdog.silent(now)
        if self._task is None:
            return tuple(silence for silence in silent if silence.source == ROBOT)
        return silent

    def _not_ready(self, posture: PostureStep) -> str:
        if fault := self._robot.fault():
            return fault
        return "" if self._task is None or posture.reached else posture.reason

    def _release(self) -> None:
        if not self._released:
            self._robot.release()
        self._released, self._sent = True, STILL

    def _send(self, now: float, decision: Decision) -> None:
        self._released = False
        every = STOP_EVERY if decision.stop else PROBE_EVERY
        if (decision.stop or self._robot.fault()) and now - self._stop_called >= every:
            self._robot.call("stop_move")
            self._stop_called = now
        if not decision.velocity.zero:
            # The next stop is asked for at once.
            self._stop_called = -math.inf
        if not decision.velocity.zero or not self._sent.zero:
            self._robot.move(decision.velocity, now + MOVE_LIFETIME)
        self._sent = decision.velocity

    def _close_task(self, now: float) -> None:
        task = self._task
        if task is None or not task.closed(now, self._guard.resting):
            return
        assert task.ending is not None
        outcome, detail = task.ending.outcome.value, task.ending.detail
        if not self._guard.resting:
            outcome = Outcome.STOPPED.value
            detail = "; ".join(filter(None, (detail, "the robot is not seen to stand still")))
        if detail:
            self._note(f"turn {task.order.turn} {outcome}: {detail}")
        self._finished = (task.order.turn, outcome, detail)
        self._task = None

    def _name_state(
        self,
        robot: RobotSample | None,
        posture: PostureStep,
        emergency: str,
        operator: bool,
        decision: Decision,
    ) -> PilotState:
        if self._robot.fault():
            return PilotState.FAULTED
        if emergency:
            return PilotState.EMERGENCY
        if operator:
            return PilotState.TAKEN_OVER
        if robot is None:
            return PilotState.STARTING
        if not posture.reached:
            return PilotState.NOT_READY
        if decision.held:
            return PilotState.STOPPED
        stands = self._guard.resting and self._task is None
        return PilotState.READY if stands else PilotState.MOVING

    def _note(self, reason: str) -> None:
        self._notes[reason] = None
