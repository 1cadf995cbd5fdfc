"""How the simulated Go2 holds its body and moves its legs; nothing here moves the base."""

from __future__ import annotations

import math

import numpy as np

from specedge.sim.services.body import Posture

STANDING_HEIGHT = 0.32
"""Height of the base above the floor when the robot stands, m."""
# Measures of the body: Unitree's description of the Go2.
HIP_X, HIP_Y, HIP_SIDE = 0.1934, 0.0465, 0.0955
"""From the base to a hip, forward and to the side, and from the hip to its leg's plane, m."""
LINK = 0.213
"""Length of thigh and of calf, m."""
FOOT_RADIUS = 0.022
LEGS = (("FL", 1, 1), ("FR", 1, -1), ("RL", -1, 1), ("RR", -1, -1))
"""Name of each leg, and the signs of its x and y, in the order of the joints."""

_STEP_RATE = 2.6
_STEP_LIFT = 0.06
_LONGEST_STEP = 0.10
_MOVING = 0.03
_RISE_RATE = 0.35
_NOD_RATE = 0.9
# Base height (m) and pitch (rad, nose down) of each posture.
_HOLDS = {
    Posture.STANDING: (STANDING_HEIGHT, 0.0),
    Posture.SITTING: (0.24, -0.45),
    Posture.LYING: (0.10, 0.0),
    Posture.LIMP: (0.09, 0.0),
}


class Gait:
    """A trot whose strides follow the base's speed, and the way between postures."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Stands still."""
        self.height, self.pitch = _HOLDS[Posture.STANDING]
        self._phase = 0.0
        self._velocity = (0.0, 0.0, 0.0)

    @property
    def standing(self) -> bool:
        """Whether the body is high and level enough to walk."""
        return self.height > 0.95 * STANDING_HEIGHT and abs(self.pitch) < 0.05

    def advance(
        self, duration: float, velocity: tuple[float, float, float], posture: Posture
    ) -> None:
        """Lets time pass.

        Args:
            duration: s.
            velocity: Of the base, in its own frame: m/s, m/s, rad/s.
            posture: What the body moves towards.
        """
        height, pitch = _HOLDS[posture]
        self.height = _towards(self.height, height, _RISE_RATE * duration)
        self.pitch = _towards(self.pitch, pitch, _NOD_RATE * duration)
        self._velocity = velocity
        x, y, yaw_rate = velocity
        if math.hypot(x, y) + HIP_X * abs(yaw_rate) > _MOVING:
            self._phase = (self._phase + _STEP_RATE * duration) % 1.0
        else:
            self._phase = 0.0

    def joints(self) -> np.ndarray:
        """Returns 12 angles, rad: hip, thigh and calf of FL, FR, RL and RR."""
        return np.array([angle for _, front, left in LEGS for angle in self._leg(front, left)])

    def _leg(self, front: int, left: int) -> tuple[float, float, float]:
        x, y, yaw_rate = self._velocity
        ahead, aside, lift = 0.0, 0.0, 0.0
        if self._phase > 0.0:
            # Diagonal legs share a phase: the first half of a cycle on the ground, then a swing.
            phase = (self._phase + (0.0 if front == left else 0.5)) % 1.0
            reach = 0.5 / _STEP_RATE
            along = reach * (x - yaw_rate * left * (HIP_Y + HIP_SIDE))
            across = reach * (y + yaw_rate * front * HIP_X)
            swing = 0.5 - 2 * phase if phase < 0.5 else -0.5 + 2 * (phase - 0.5)
            ahead = _clip(along, _LONGEST_STEP) * swing
            aside = _clip(across, _LONGEST_STEP) * swing
            lift = _STEP_LIFT * math.sin(2 * math.pi * (phase - 0.5)) if phase > 0.5 else 0.0
        hip_height = self.height - front * HIP_X * math.sin(self.pitch)
        drop = max(hip_height - FOOT_RADIUS - lift, 0.05)
        length = min(math.hypot(math.hypot(ahead, aside), drop), 2 * LINK * 0.999)
        bend = math.acos(length / (2 * LINK))
        thigh = bend + math.atan2(-ahead, drop) - self.pitch
        return math.atan2(aside, drop), thigh, -2 * bend


def _towards(value: float, goal: float, step: float) -> float:
    return value + _clip(goal - value, step)


def _clip(value: float, limit: float) -> float:
    return min(max(value, -limit), limit)
