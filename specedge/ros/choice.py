"""Whether this process uses rclpy, or Cyclone DDS alone."""

from __future__ import annotations

import importlib
import os
from functools import lru_cache

from specedge.ros.errors import BadArguments

RCLPY = "rclpy"
CYCLONEDDS = "cyclonedds"
VARIABLE = "SPECEDGE_ROS"


def prefer_cyclonedds() -> None:
    """Has this process and its children do without rclpy, unless the variable says otherwise."""
    os.environ.setdefault(VARIABLE, CYCLONEDDS)


def implementations() -> tuple[str, ...]:
    """Returns those that nodes of this computer may use: the one of SPECEDGE_ROS, or all there are.

    Raises:
        BadArguments: as `implementation`.
    """
    chosen = implementation()
    if os.environ.get(VARIABLE) or chosen == CYCLONEDDS:
        return (chosen,)
    return (chosen, CYCLONEDDS)


@lru_cache(maxsize=1)
def implementation() -> str:
    """Returns "rclpy" where it can be imported, "cyclonedds" elsewhere; SPECEDGE_ROS overrides.

    Raises:
        BadArguments: the variable asks for what is not there, or not known.
    """
    wish = os.environ.get(VARIABLE, "")
    if wish not in ("", RCLPY, CYCLONEDDS):
        raise BadArguments(
            f"{VARIABLE} is {wish!r}; set it to {RCLPY} or {CYCLONEDDS}, or unset it"
        )
    if wish == CYCLONEDDS:
        return CYCLONEDDS
    try:
        # With its C extension: ROS 2 may be sourced for another version of Python.
        importlib.import_module("rclpy.node")
    except ImportError as error:
        if wish == RCLPY:
            raise BadArguments(
                f"{VARIABLE} is {RCLPY}, which cannot be imported ({error}); source ROS 2's "
                "setup.bash and use its version of Python"
            ) from error
        return CYCLONEDDS
    return RCLPY
