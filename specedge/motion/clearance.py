"""Keeps a velocity from bringing the robot too close to anything.

For each obstacle, the distance to the body may shrink at most in proportion to what is left of it
beyond a margin. That is a control barrier function (Ames et al., "Control Barrier Functions: Theory
and Applications", 2019), linear in the velocity; what is driven is the nearest velocity that keeps
it for all obstacles at once. So the robot slows down before a wall, slides along it where that is
what was asked for, and moves its hind legs out of the way when it turns beside one.

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

_SWEEPS = 60
_SLACK = 1e-3
_WORDS = (
    *("behind", "behind on the right", "on the right", "ahead on the right"),
    *("ahead", "ahead on the left", "on the left", "behind on the left"),
)


def keep_clear(wanted: BodyVelocity, obstacles: np.ndarray, margin: float) -> BodyVelocity:
    """Returns the nearest velocity that keeps clear of all obstacles.

    Args:
        wanted: What would be driven if there were none.
        obstacles: In the frame of the base, m, [N, 2].
        margin: Distance to keep between them and the body, m.
    """
    if not np.isfinite(obstacles).all():
        # A robot that does not know where it is may be next to anything it has seen.
        return STILL
    asked = np.array((wanted.x, wanted.y, wanted.yaw_rate * ARM))
    approach, allowed = _constraints(obstacles, margin)
    # No velocity of this length comes closer than that.
    binding = allowed < np.linalg.norm(asked) * np.linalg.norm(approach, axis=1)
    approach, allowed = approach[binding], allowed[binding]
    if not len(allowed) or (approach @ asked <= allowed).all():
        return wanted
    x, y, turn = _project(asked, approach, allowed).tolist()
    return BodyVelocity(x, y, turn / ARM)


def whereabouts(obstacles: np.ndarray) -> str:
    """Says in which direction the nearest of obstacles is, in the frame of the base, [N, 2]."""
    if not np.isfinite(obstacles).all():
        return "at an unknown place"
    _, _, distance = _nearest(obstacles)
    x, y = obstacles[int(distance.argmin())]
    return _WORDS[round(math.atan2(y, x) / (math.pi / 4) + 4) % 8]


def _nearest(obstacles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns where along the body each is nearest, the direction to it, and the distance."""
    along = np.clip(obstacles[:, 0], -HALF_LENGTH, HALF_LENGTH)
    away = obstacles - np.stack((along, np.zeros_like(along)), axis=1)
    distance = np.maximum(np.hypot(*away.T), 1e-6)
    return along, away / distance[:, None], distance - RADIUS


def _constraints(obstacles: np.ndarray, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns how a velocity (m/s, m/s, rad/s times `ARM`) approaches each, and how fast it may."""
    along, away, distance = _nearest(obstacles)
    turning = away[:, 1] * along / ARM
    approach = np.column_stack((away, turning))
    return approach, APPROACH * np.maximum(distance - margin, 0.0)


def _project(asked: np.ndarray, approach: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Returns the nearest point with ``approach @ point <= allowed`` (Hildreth 1957).

    Each step settles the constraint that is farthest from being settled.
    """
    point = asked.copy()
    weights = (approach**2).sum(axis=1)
    pulls = np.zeros(len(allowed))
    for _ in range(_SWEEPS):
        changes = np.maximum((approach @ point - allowed) / weights, -pulls)
        worst = int(np.abs(changes).argmax())
        if abs(changes[worst]) < _SLACK / 10:
            break
        pulls[worst] += changes[worst]
        point = point - changes[worst] * approach[worst]
    # What is not settled yet is made up for by going slower: to stand still is always allowed.
    closing = approach @ point
    over = closing > allowed + _SLACK
    if over.any():
        point = point * float((allowed[over] / closing[over]).min())
    return point
