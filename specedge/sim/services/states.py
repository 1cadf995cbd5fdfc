"""Publishes what a Go2 tells about itself without being asked."""

from __future__ import annotations

import math
import time

from specedge.robot.sdk import LowState_, SportModeState_, WirelessController_, idl_defaults
from specedge.sim.gait import STANDING_HEIGHT
from specedge.sim.services.body import RobotBody
from specedge.sim.services.participant import Participant
from specedge.sim.services.state_machine import SportStateMachine

STATE_RATE = 100.0
"""Hz of rt/sportmodestate; a Go2 sends about 300, which here would cost the models' time."""
SLOW_DIVISOR = 5
"""One in so many also goes to rt/lf/sportmodestate (20 Hz), and the others with it."""
BATTERY_VOLTAGE = 29.6
"""V, of a charged eight-cell battery."""


class StatePublisher:
    """Publishes sport mode state, and more seldom low state and an untouched joystick.

    Args:
        participant: Where it publishes; must outlive the publisher.
        body: Where the robot is and how fast.
        machine: What it does.
    """

    def __init__(
        self,
        participant: Participant,
        body: RobotBody,
        machine: SportStateMachine,
    ) -> None:
        self._body = body
        self._machine = machine
        self._fast = participant.writer("rt/sportmodestate", SportModeState_)
        self._slow = participant.writer("rt/lf/sportmodestate", SportModeState_)
        self._low = participant.writer("rt/lowstate", LowState_)
        self._joystick = participant.writer("rt/wirelesscontroller", WirelessController_)
        self._sport_state = idl_defaults.unitree_go_msg_dds__SportModeState_()
        self._sport_state.body_height = STANDING_HEIGHT
        self._low_state = idl_defaults.unitree_go_msg_dds__LowState_()
        self._low_state.power_v = BATTERY_VOLTAGE
        self._untouched = idl_defaults.unitree_go_msg_dds__WirelessController_()
        self._count = 0

    def publish(self) -> None:
        """Publishes how things are now."""
        slow = self._count % SLOW_DIVISOR == 0
        self._count += 1
        state = self._sport_state
        x, y, yaw = self._body.pose()
        vx, vy, yaw_rate = self._body.velocity()
        now = time.time()
        state.stamp.sec, state.stamp.nanosec = int(now), int(now % 1.0 * 1e9)
        state.error_code = int(self._machine.state_code())
        state.imu_state.quaternion = [math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)]
        state.imu_state.rpy = [0.0, 0.0, yaw]
        state.imu_state.gyroscope = [0.0, 0.0, yaw_rate]
        state.position = [x, y, STANDING_HEIGHT]
        # The Go2 reports its velocity in the frame of its odometry, not of its body.
        cosine, sine = math.cos(yaw), math.sin(yaw)
        state.velocity = [cosine * vx - sine * vy, sine * vx + cosine * vy, 0.0]
        state.yaw_speed = yaw_rate
        self._fast.write(state)
        if slow:
            self._slow.write(state)
            self._low_state.imu_state = state.imu_state
            self._low_state.tick = int(time.monotonic() * 1e3) & 0xFFFFFFFF
            self._low.write(self._low_state)
            self._joystick.write(self._untouched)
