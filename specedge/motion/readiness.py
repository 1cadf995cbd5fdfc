"""Standing up and sitting down, each confirmed by the state that the robot reports.

On firmware 1.1.6 and newer the ``error_code`` of SportModeState is the state. StandUp locks the
joints (1002) and Move is ignored until BalanceStand has unlocked them (1013), so a robot that
stands need not be one that can walk.
"""

from __future__ import annotations

from dataclasses import dataclass

from specedge.motion.executor import Posture
from specedge.motion.robot import RobotSample
from specedge.robot.codes import StateCode

WALKING_CODES = frozenset(
    {
        StateCode.AGILE,
        StateCode.BALANCE_STAND,
        StateCode.WALKING,
        StateCode.RUNNING,
        StateCode.ENDURANCE,
        StateCode.CLASSIC,
    }
)
"""Move is obeyed."""
UNTOLD_CODE = 0
"""Of older firmware, whose ``error_code`` is no state."""
LOCKED_CODE = StateCode.STANDING_LOCK
"""Standing with locked joints."""
STANDING_CODES = WALKING_CODES | {LOCKED_CODE}
"""On its legs."""
SITTING_CODE = StateCode.SITTING
"""Sitting as a dog does: RiseSit is the way up."""
LYING_CODES = frozenset({StateCode.DAMPING, StateCode.CROUCHING, 2006})
"""Damped or crouching, for which a Go2 has two codes: StandUp is the way up."""
LOWERED_CODES = LYING_CODES | {SITTING_CODE}
"""What a robot that stood does not come to unless it fell or somebody asked for it."""

DEAD_WINDOW = 10.0
"""Seconds after BalanceStand for which a Go2 was seen to accept Move and not walk (4 to 10)."""
PATIENCE = 6.0
"""Seconds for which one call may take before it is made again."""
ATTEMPTS = 2
"""StandUp calls before RecoveryStand, which rises from any posture."""
MOST_CALLS = 8
"""Calls for one posture after which a person is asked for help instead."""
TIME_TO_SIT = 2.0
"""Seconds after which a robot that left its standing states counts as sitting."""


@dataclass(frozen=True)
class PostureStep:
    """What has to happen for the wanted posture.

    Attributes:
        reached: Whether it is taken.
        call: A skill to ask for now; empty to wait.
        reason: What is waited for; empty when reached.
    """

    reached: bool
    call: str = ""
    reason: str = ""


class Readiness:
    """Brings the robot into a posture, one call at a time, each repeated when it is ignored."""

    def __init__(self) -> None:
        self._wanted = Posture.ANY
        self._wanted_since = 0.0
        self._called = ""
        self._called_at = 0.0
        self._calls = self._all_calls = 0
        self._may_call = True
        self._raised_at: float | None = None

    def may_ignore_moves(self, now: float) -> float:
        """Returns the seconds for which a robot that was just raised may still ignore Move."""
        if self._raised_at is None:
            return 0.0
        return max(0.0, DEAD_WINDOW - (now - self._raised_at))

    def step(
        self, now: float, robot: RobotSample | None, wanted: Posture, *, may_call: bool = True
    ) -> PostureStep:
        """Returns what to ask of the robot now.

        Args:
            now: Seconds of the steady clock.
            robot: The newest report.
            wanted: The posture to take.
            may_call: Whether a skill may be asked for in this step.
        """
        self._may_call = may_call
        if wanted is not self._wanted:
            self._wanted, self._wanted_since = wanted, now
            self._called, self._calls, self._all_calls = "", 0, 0
        if wanted is Posture.ANY:
            return PostureStep(True)
        if robot is None:
            return PostureStep(False, reason="waits for the robot's first report")
        if robot.state_code == UNTOLD_CODE:
            # A robot of which nobody knows whether it stands is not to be told to rise.
            return PostureStep(
                False, reason="the robot does not tell its state; needs firmware 1.1.6 or newer"
            )
        if wanted is Posture.STANDING:
            return self._stand(now, robot.state_code)
        return self._sit(now, robot.state_code)

    def _stand(self, now: float, code: int) -> PostureStep:
        if code in WALKING_CODES:
            if self._called:
                self._raised_at, self._called = now, ""
            return PostureStep(True)
        if code == LOCKED_CODE:
            return self._ask(now, "balance_stand", f"stands locked (state {code})")
        waits = now - self._called_at < PATIENCE
        tries_to_rise = self._called == "rise_sit" and (waits or self._calls < ATTEMPTS)
        if code == SITTING_CODE and (not self._called or tries_to_rise):
            return self._ask(now, "rise_sit", f"sits (state {code})")
        if self._called == "recovery_stand" and waits:
            return self._ask(now, "recovery_stand", f"rises from state {code}")
        exhausted = self._called == "stand_up" and self._calls >= ATTEMPTS and not waits
        # On its way up the robot may report states of its own.
        if (code in LYING_CODES or self._called == "stand_up") and not exhausted:
            return self._ask(now, "stand_up", f"lies (state {code})")
        return self._ask(now, "recovery_stand", f"cannot walk from state {code}")

    def _sit(self, now: float, code: int) -> PostureStep:
        left = code not in WALKING_CODES and code != LOCKED_CODE
        if left and now - self._wanted_since >= TIME_TO_SIT:
            return PostureStep(True)
        if left:
            return PostureStep(False, reason=f"sits down (state {code})")
        return self._ask(now, "sit", f"still stands (state {code})")

    def _ask(self, now: float, call: str, state: str) -> PostureStep:
        reason = f"{state}; needs {call}"
        if self._all_calls >= MOST_CALLS and now - self._called_at >= PATIENCE:
            helpless = f"{MOST_CALLS} calls did not help; use its remote control"
            return PostureStep(False, reason=f"{state}; {helpless}")
        if not self._may_call:
            return PostureStep(False, reason=reason)
        if call == self._called and now - self._called_at < PATIENCE:
            return PostureStep(False, reason=reason)
        self._calls = self._calls + 1 if call == self._called else 1
        self._called, self._called_at = call, now
        self._all_calls += 1
        return PostureStep(False, call, reason)
