"""Finds out what is installed here, what is missing, and what that means."""

from __future__ import annotations

import importlib.util
import os
import platform
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata

from specedge.errors import SpecedgeError
from specedge.paths import shared


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    Attributes:
        name: What it is.
        found: Whether it is there.
        detail: Version or value, or why it is not there.
        meaning: What follows when it is not there.
        needed: Whether the stack cannot run against the simulator without it.
    """

    name: str
    found: bool
    detail: str
    meaning: str
    needed: bool = True


def examine() -> list[Finding]:
    """Looks at this machine; imports nothing heavy, starts nothing."""
    return [_python(), *_packages(), _graphics(), *_models(), *_network(), _domain()]


def healthy(findings: Iterable[Finding]) -> bool:
    """Whether everything that the simulated stack needs was found."""
    return all(finding.found for finding in findings if finding.needed)


_PACKAGES = (
    # import name, distribution, needed, what it means when missing
    ("torch", "torch", True, "no model runs here: no draft, no verifier"),
    ("transformers", "transformers", True, "no model runs here: no draft, no verifier"),
    ("llguidance", "llguidance", True, "commands cannot be held to the grammar"),
    ("zmq", "pyzmq", True, "robot and verifier cannot talk"),
    ("msgspec", "msgspec", True, "robot and verifier cannot talk"),
    ("mujoco", "mujoco", True, "no simulated Go2; a real one works"),
    ("cyclonedds", "cyclonedds", True, "no topics without ROS 2, no Go2; run scripts/setup.sh"),
    ("unitree_sdk2py", "unitree_sdk2", True, "no Go2, real or simulated; run scripts/setup.sh"),
    ("rosbags", "rosbags", True, "no message definitions without ROS 2, no bags"),
    ("cv2", "opencv-python-headless", True, "no camera frames"),
    (
        "rclpy",
        "rclpy",
        False,
        "ROS 2 is not sourced: the nodes run on Cyclone DDS alone, on the same wire",
    ),
)


def _python() -> Finding:
    version = platform.python_version()
    enough = tuple(map(int, platform.python_version_tuple()[:2])) >= (3, 10)
    return Finding("Python", enough, version, "specedge needs Python 3.10 or newer")


def _packages() -> list[Finding]:
    return [
        Finding(name, *_installed(name, distribution), meaning, needed)
        for name, distribution, needed, meaning in _PACKAGES
    ]


def _installed(name: str, distribution: str) -> tuple[bool, str]:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError) as error:
        return False, f"does not import: {error}"
    if spec is None:
        return False, "not installed"
    try:
        return True, metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return True, "version unknown"


def _graphics() -> Finding:
    from specedge.stack.checks import WITHOUT_DISPLAY, has_graphics

    found = [name for name in WITHOUT_DISPLAY if has_graphics(name)]
    chosen = os.environ.get("MUJOCO_GL", "")
    detail = ", ".join(found) or "neither OSMesa nor EGL"
    return Finding(
        "GL library",
        bool(found),
        detail + (f" (MUJOCO_GL={chosen})" if chosen else ""),
        "the simulated camera cannot render; apt install libosmesa6",
    )


def _models() -> list[Finding]:
    from specedge.stack.checks import check_models

    def look() -> str:
        folder = shared("models", "nano")
        check_models(folder)
        return str(folder)

    return [_attempt("nano models", look, "give --models, or train a pair: specedge train")]


def _network() -> list[Finding]:
    names = [name for _, name in socket.if_nameindex()]
    wired = [name for name in names if name != "lo"]
    return [
        Finding("loopback interface", "lo" in names, "lo", "the simulated stack has no network"),
        Finding(
            "network interfaces",
            bool(wired),
            ", ".join(wired) or "none",
            "a real Go2 needs one: --network-interface",
            needed=False,
        ),
    ]


def _domain() -> Finding:
    from specedge.ros.domain import domain_id

    default = "" if os.environ.get("ROS_DOMAIN_ID") else " (default)"
    return _attempt("ROS_DOMAIN_ID", lambda: f"{domain_id()}{default}", "a real Go2 is on 0")


def _attempt(name: str, look: Callable[[], str], meaning: str) -> Finding:
    try:
        return Finding(name, True, look(), meaning)
    except SpecedgeError as error:
        return Finding(name, False, str(error), meaning)
