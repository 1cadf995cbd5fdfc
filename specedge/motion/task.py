"""One order on its way: which action is done, what it waits for, how it ends."""

from __future__ import annotations

from dataclasses import dataclass

from specedge.commands import Action, ActionKind, render_action
from specedge.motion.executor import Outcome, Posture, Step, Travel, posture_of
from specedge.motion.orders import Order
from specedge.motion.pacing import Pacing
from specedge.motion.robot import RobotSample
from specedge.motion.velocity import STILL

_TRAVELS = frozenset(
    {ActionKind.TURN, ActionKind.WALK, ActionKind.SIDESTEP, ActionKind.LOOK_AROUND}
)
_POSTURES = frozenset({ActionKind.SIT, ActionKind.STAND})


@dataclass(frozen=True)
class Patience:
    """How long an order waits for what it needs, in seconds.

    Attributes:
        posture: For the robot to stand up or sit down.
        held: For a source that fell silent to be heard again before the order is given up.
        rest: For the remaining actions of an order whose first action is done.
        standstill: For the robot to be seen standing still at the end.
    """

    posture: float = 30.0
    held: float = 1.0
    rest: float = 10.0
    standstill: float = 3.0


@dataclass(frozen=True)
class Ending:
    """How an order ended, and why if it did not end well."""

    outcome: Outcome
    detail: str = ""


class Task:
    """Goes through the actions of one order. Stepped by the pilot, which owns the guard."""

    def __init__(self, order: Order, pacing: Pacing, patience: Patience) -> None:
        self.order = order
        self.ending: Ending | None = None
        self._pacing = pacing
        self._patience = patience
        self._index = 0
        self._travel: Travel | None = None
        self._begun = False
        self._progress = 0.0
        self._waits: dict[str, float] = {}

    @property
    def action(self) -> Action | None:
        """The action in progress, or None when all that are known are done."""
        if self.ending is not None or self._index >= len(self.order.actions):
            return None
        return self.order.actions[self._index]

    @property
    def text(self) -> str:
        """The action in progress, in the words of the command language."""
        return "" if self.action is None else render_action(self.action)

    @property
    def progress(self) -> float:
        """Progress of the action in progress, 0 to 1."""
        return self._progress

    @property
    def posture(self) -> Posture:
        """The posture that the action in progress needs."""
        return Posture.ANY if self.action is None else posture_of(self.action)

    def end(self, outcome: Outcome, detail: str = "") -> None:
        """Ends the order; the first ending counts."""
        if self.ending is None:
            self.ending = Ending(outcome, detail)

    def held(self, now: float, causes: tuple[str, ...]) -> None:
        """Notes that the guard holds the robot, or with no causes that it does not."""
        if self._waited(now, "held", bool(causes)) > self._patience.held:
            self.end(Outcome.STOPPED, "; ".join(causes))

    def step(
        self,
        now: float,
        driven: float,
        robot: RobotSample,
        posture_reason: str,
        resting: bool,
        may_ignore_moves: float,
    ) -> Step:
        """Returns what the order wants now.

        Args:
            now: Seconds of the steady clock.
            driven: Seconds for which its last velocity was driven; 0 when it was held.
            robot: The newest report.
            posture_reason: Why the posture it needs is not taken yet; empty when it is.
            resting: Whether the robot is confirmed to stand still.
            may_ignore_moves: Seconds for which a robot just raised may ignore Move.
        """
        action = self.action
        if action is None:
            if self.ending is None:
                self._finish_known(now)
            return Step(STILL, self._progress)
        # To sit or to stand up takes longer than an order lives: it begins when that does. Whatever
        # has to wait until the robot stands is no longer wanted by then.
        begins = not posture_reason or action.kind in _POSTURES
        if begins and not self._begun:
            if not now <= self.order.expires:
                self.end(Outcome.REFUSED, "expired before it could be begun")
                return Step(STILL, 0.0)
            self._begun = True
        if self._waited(now, "posture", bool(posture_reason)) > self._patience.posture:
            self.end(Outcome.BLOCKED, posture_reason)
        if posture_reason:
            if self._travel is not None:
                # A robot that falls over on its way must not get up and walk on by itself.
                self.end(Outcome.STOPPED, posture_reason)
            return Step(STILL, self._progress)
        if action.kind in _TRAVELS:
            if self._travel is None:
                self._travel = Travel(action, robot, self._pacing, patience=may_ignore_moves)
            step = self._travel.step(driven, robot)
        else:
            done = resting or posture_of(action) is not Posture.ANY
            step = Step(STILL, float(done), Outcome.OK if done else None)
        self._progress = step.progress
        if step.outcome is Outcome.OK:
            self._index, self._travel = self._index + 1, None
        elif step.outcome is not None:
            self.end(step.outcome, step.detail)
        return step

    def closed(self, now: float, resting: bool) -> bool:
        """Returns whether it has ended and the robot stands, or does not confirm it in time."""
        if self.ending is None:
            return False
        return resting or self._waited(now, "standstill", True) > self._patience.standstill

    def _finish_known(self, now: float) -> None:
        if self.order.complete:
            self.end(Outcome.OK)
        elif self._waited(now, "rest", True) > self._patience.rest:
            self.end(Outcome.STOPPED, "the rest of the command never came")

    def _waited(self, now: float, name: str, waiting: bool) -> float:
        if not waiting:
            self._waits.pop(name, None)
            return 0.0
        return now - self._waits.setdefault(name, now)
