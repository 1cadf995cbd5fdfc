"""The SDK's clients behind the two interfaces that the driver uses."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from specedge.robot.codes import ReturnCode
from specedge.robot.messages import CALLS, RobotState
from specedge.robot.sdk import (
    ChannelSubscriber,
    ObstaclesAvoidClient,
    SportClient,
    SportModeState_,
)

MOTION_TIMEOUT = 0.25
"""Seconds; a lost StopMove is repeated, so that waiting longer for its reply gains nothing."""
CALL_TIMEOUT = 5.0
"""Seconds; some firmware answers a change of posture only when it is done."""


class SportPort:
    """Moves and stops through the sport service."""

    def __init__(self) -> None:
        self._client = _sport_client(MOTION_TIMEOUT)

    def move(self, x: float, y: float, yaw_rate: float) -> int:
        """Sends Move (m/s, m/s, rad/s); 0 only means that it was written."""
        return int(self._client.Move(x, y, yaw_rate))

    def stop(self) -> int:
        """Calls StopMove."""
        return int(self._client.StopMove())

    def rest(self) -> None:
        """Leaves the robot as it is."""

    def close(self) -> None:
        """Leaves the robot as it is."""


class AvoidingPort(SportPort):
    """Moves through the Go2's obstacle avoidance, and stops through the sport service."""

    def __init__(self) -> None:
        super().__init__()
        self._avoidance = ObstaclesAvoidClient()
        self._avoidance.SetTimeout(MOTION_TIMEOUT)
        self._avoidance.Init()
        self._claimed = self._ready = False

    def move(self, x: float, y: float, yaw_rate: float) -> int:
        """Sends a velocity (m/s, m/s, rad/s) once avoidance has been switched on."""
        if not self._ready:
            self._claimed = True  # even if the call times out: it may have been obeyed
            code = self._avoidance.SwitchSet(True) or self._avoidance.UseRemoteCommandFromApi(True)
            if code:
                return int(code)
            self._ready = True
        return int(self._avoidance.Move(x, y, yaw_rate))

    def stop(self) -> int:
        """Sends a zero velocity, then calls StopMove."""
        try:
            if self._ready:
                self._avoidance.Move(0.0, 0.0, 0.0)
        finally:  # whatever comes of the first way to stop
            code = super().stop()
        return code

    def rest(self) -> None:
        """Gives the robot's own remote control its say back, until the next move."""
        if self._claimed:
            self._ready = False
            self._claimed = self._avoidance.UseRemoteCommandFromApi(False) != ReturnCode.OK

    def close(self) -> None:
        """Gives the robot's own remote control its say back."""
        self.rest()


class SkillCaller:
    """Makes the calls of the allow-list."""

    def __init__(self) -> None:
        client = _sport_client(CALL_TIMEOUT)
        self._calls: dict[str, Callable[[], Any]] = {
            "stop_move": client.StopMove,
            "stand_up": client.StandUp,
            "balance_stand": client.BalanceStand,
            "stand_down": client.StandDown,
            "sit": client.Sit,
            "rise_sit": client.RiseSit,
            "recovery_stand": client.RecoveryStand,
            "damp": client.Damp,
        }
        assert set(self._calls) == set(CALLS)

    def __call__(self, name: str) -> int:
        """Makes a call and returns its `specedge.robot.codes.ReturnCode`."""
        return int(self._calls[name]())


def subscribe(report: Callable[[RobotState], None]) -> ChannelSubscriber:
    """Hands every report of the robot to a function that must neither block nor write to DDS."""
    subscriber = ChannelSubscriber("rt/sportmodestate", SportModeState_)
    subscriber.Init(lambda state: report(to_robot_state(state, time.monotonic())))
    return subscriber


def to_robot_state(state: Any, received: float) -> RobotState:
    """Converts a SportModeState.

    Unitree's quaternion is w, x, y, z, and its velocity is in the frame of the odometry.
    """
    w, x, y, z = state.imu_state.quaternion
    yaw = math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
    roll = math.atan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y))
    pitch = math.asin(min(max(2.0 * (w * y - z * x), -1.0), 1.0))
    cosine, sine = math.cos(yaw), math.sin(yaw)
    east, north = state.velocity[0], state.velocity[1]
    return RobotState(
        received=received,
        x=state.position[0],
        y=state.position[1],
        yaw=yaw,
        vx=cosine * east + sine * north,
        vy=cosine * north - sine * east,
        yaw_rate=state.yaw_speed,
        state_code=state.error_code,
        z=state.position[2],
        roll=roll,
        pitch=pitch,
    )


def _sport_client(timeout: float) -> SportClient:
    client = SportClient()
    client.SetTimeout(timeout)
    client.Init()
    return client
