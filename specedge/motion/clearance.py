"""Keeps a velocity from bringing the robot too close to anything.

For each obstacle, the distance to the body may shrink at most in proportion to what is left of it
beyond a margin. That is a control barrier function (Ames et al., "Control Barrier Functions: Theory
and Applications", 2019), linear in the velocity; wanted is the nearest velocity that keeps it for
all obstacles at once. So the robot slows down before a wall, slides past what it would graze, and
moves its hind legs out of the way when it turns beside something.

Standing still always keeps it, so the nearest velocity is never a faster one, and nothing here
moves a robot that was not told to move.
"""

from __future__ import annotations

import math

import numpy as np

from specedge.motion.velocity import STILL, BodyVelocity

MARGIN = 0.06
"""Distance to keep unless told otherwise, m."""
HALF_LENGTH, RADIUS = 0.20, 0.17
"""The body with head and legs: all within a radius of a line along it, 0.74 m by 0.34 m."""
APPROACH = 2.0
"""Share of the distance that is left which may be covered in a second, 1/s. With the 0.15 s in
which a Go2 takes up a velocity, it comes to rest without overshoot."""
ARM = 0.5
"""What 1 rad/s counts as much as, m/s: turning is what an action asks for, so stepping aside for it
is the lesser change."""

_SLACK = 1e-3
"""Approach that is too small to matter, m/s."""
_WORDS = (
    *("behind", "behind on the right", "on the right", "ahead on the right"),
    *("ahead", "ahead on the left", "on the left", "behind on the left"),
)


class Clearance:
    """What obstacles allow at one moment.

    Args:
        obstacles: In the frame of the base, m, [N, 2].
        margin: Distance to keep between them and the body, m.
    """

    def __init__(self, obstacles: np.ndarray, margin: float) -> None:
        # A robot that does not know where it is may be next to anything it has seen.
        self._lost = not np.isfinite(obstacles).all()
        self._obstacles = obstacles
        along, away, gap = _nearest(obstacles)
        # How a velocity (m/s, m/s, rad/s times ARM) approaches each, and how fast it may.
        self._approach = np.column_stack((away, away[:, 1] * along / ARM))
        self._allowed = APPROACH * np.maximum(gap - margin, 0.0)

    def nearest(self, wanted: BodyVelocity) -> BodyVelocity:
        """Returns the nearest velocity that keeps clear of all obstacles."""
        if self._lost:
            return STILL
        asked = _array(wanted)
        # No velocity of this length comes closer than that.
        reach = np.linalg.norm(asked) * np.linalg.norm(self._approach, axis=1)
        binding = self._allowed < reach
        approach, allowed = self._approach[binding], self._allowed[binding]
        if not len(allowed) or (approach @ asked <= allowed).all():
            return wanted
        x, y, turn = _project(asked, approach, allowed).tolist()
        return self.slower(BodyVelocity(x, y, turn / ARM))

    def slower(self, velocity: BodyVelocity) -> BodyVelocity:
        """Returns a velocity of the same direction, slow enough to keep clear of all obstacles."""
        if self._lost:
            return STILL
        closing = self._approach @ _array(velocity)
        over = closing > self._allowed + _SLACK
        if not over.any():
            return velocity
        share = float((self._allowed[over] / closing[over]).min())
        return BodyVelocity(velocity.x * share, velocity.y * share, velocity.yaw_rate * share)

    def whereabouts(self, wanted: BodyVelocity) -> str:
        """Says in which direction that is what a velocity would come closest to too fast."""
        if self._lost:
            return "at an unknown place"
        worst = int((self._approach @ _array(wanted) - self._allowed).argmax())
        x, y = self._obstacles[worst]
        return _WORDS[round(math.atan2(y, x) / (math.pi / 4) + 4) % 8]


def gaps(points: np.ndarray) -> np.ndarray:
    """Returns the distances between points in the frame of the base, m, [N, 2], and the body, m."""
    return _nearest(points)[2]


def _array(velocity: BodyVelocity) -> np.ndarray:
    return np.array((velocity.x, velocity.y, velocity.yaw_rate * ARM))


def _nearest(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns where along the body each is nearest, the direction to it, and the distance."""
    along = np.clip(points[:, 0], -HALF_LENGTH, HALF_LENGTH)
    away = points - np.stack((along, np.zeros_like(along)), axis=1)
    distance = np.maximum(np.hypot(*away.T), 1e-6)
    return along, away / distance[:, None], distance - RADIUS


def _project(asked: np.ndarray, approach: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Returns the nearest point with ``approach @ point <= allowed``.

    A least distance problem, solved as one of non-negative least squares (Lawson and Hanson,
    Solving Least Squares Problems, 1974, chapter 23).
    """
    system = np.vstack((-approach.T, approach @ asked - allowed))
    target = np.array((0.0, 0.0, 0.0, 1.0))
    rest = system @ _non_negative(system, target) - target
    if abs(rest[3]) < 1e-12:
        return np.zeros(3)
    point: np.ndarray = asked - rest[:3] / rest[3]
    return point


def _non_negative(system: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Returns the weights of at least 0 with which columns come nearest to a target."""
    weights = np.zeros(system.shape[1])
    used = np.zeros(len(weights), bool)
    for _ in range(3 * len(target) + 8):
        gain = np.where(used, -np.inf, system.T @ (target - system @ weights))
        best = int(gain.argmax())
        if gain[best] < 1e-9:
            break
        used[best] = True
        while True:
            free = np.zeros_like(weights)
            free[used] = np.linalg.lstsq(system[:, used], target, rcond=None)[0]
            below = used & (free <= 0.0)
            if not below.any():
                break
            step = (weights[below] / (weights[below] - free[below])).min()
            weights = weights + step * (free - weights)
            used &= weights > 1e-12
        weights = free
    return weights
