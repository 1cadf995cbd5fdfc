"""Runs the unmodified clients of the Go2's SDK in a process of its own; prints JSON lines.

Usage: sdk_client.py DOMAIN SCENARIO
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from specedge.robot import sdk

PATIENCE = 30.0


def tell(**values: Any) -> None:
    os.write(RESULTS, json.dumps(values).encode() + b"\n")


class States:
    """The states that rt/sportmodestate tells."""

    def __init__(self, topic: str = "rt/sportmodestate") -> None:
        self._changed = threading.Condition()
        self._codes: list[int] = []
        self.newest: Any = None
        self._subscriber = sdk.ChannelSubscriber(topic, sdk.SportModeState_)
        self._subscriber.Init(self._take)

    def _take(self, state: Any) -> None:
        with self._changed:
            self.newest = state
            self._codes.append(state.error_code)
            self._changed.notify_all()

    def wait(self, code: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: code in self._codes[-1:], PATIENCE), code

    def count(self, seconds: float) -> int:
        before = len(self._codes)
        threading.Event().wait(seconds)
        return len(self._codes) - before


def client(kind: type) -> Any:
    made = kind()
    made.SetTimeout(10.0)
    made.Init()
    return made


def stand(sport: Any, states: States) -> None:
    sport.StandUp()
    states.wait(1002)
    sport.BalanceStand()
    states.wait(1013)


def sport_scenario() -> None:
    states, sport = States(), client(sdk.SportClient)
    tell(version=sport.GetServerApiVersion())
    tell(lying={"balance": sport.BalanceStand(), "sit": sport.Sit()})
    tell(stand_up=sport.StandUp())
    states.wait(1002)
    tell(locked=sport.Move(0.3, 0.0, 0.0), balance=sport.BalanceStand())
    states.wait(1013)
    tell(move=sport.Move(0.3, 0.0, 0.1))
    states.wait(1015)
    moved = time.monotonic()
    states.wait(1013)
    tell(held=time.monotonic() - moved)
    sport.Move(0.3, 0.0, 0.0)
    states.wait(1015)
    tell(stop=sport.StopMove())
    states.wait(1013)
    tell(flip=sport.FrontFlip(), bad_level=sport.SpeedLevel(5), euler=sport.Euler(0.1, 0.0, 0.0))
    tell(joystick=sport.SwitchJoystick(True), recovery=sport.AutoRecoveryGet())


def video_scenario() -> None:
    code, picture = client(sdk.VideoClient).GetImageSample()
    tell(code=code, picture=bytes(picture).hex())


def avoidance_scenario() -> None:
    states, sport, avoidance = States(), client(sdk.SportClient), client(sdk.ObstaclesAvoidClient)
    stand(sport, states)
    tell(on=avoidance.SwitchSet(True), get=avoidance.SwitchGet())
    tell(remote=avoidance.UseRemoteCommandFromApi(True))
    avoidance.Move(0.2, 0.0, 0.0)
    states.wait(1015)
    tell(walks=True)


def state_scenario() -> None:
    states, slow = States(), States("rt/lf/sportmodestate")
    states.wait(1004)
    slow.wait(1004)
    state = states.newest
    tell(
        position=list(state.position),
        quaternion=list(state.imu_state.quaternion),
        rate=states.count(2.0) / 2.0,
        slow_rate=slow.count(2.0) / 2.0,
    )


SCENARIOS: dict[str, Callable[[], None]] = {
    "sport": sport_scenario,
    "video": video_scenario,
    "avoidance": avoidance_scenario,
    "state": state_scenario,
}

if __name__ == "__main__":
    RESULTS = os.dup(1)
    os.dup2(2, 1)
    sdk.open_channel(int(sys.argv[1]), "lo")
    SCENARIOS[sys.argv[2]]()
    # The SDK's clients know no end: what they still hear while Python ends can crash it.
    os._exit(0)
