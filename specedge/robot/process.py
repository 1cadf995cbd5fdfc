"""What the child processes of this package have in common."""

from __future__ import annotations

import argparse
import logging
import os
import sys


def claim_output() -> int:
    """Keeps standard output for frames, and has what the SDK prints go to standard error.

    Returns:
        The file descriptor for frames.
    """
    frames_out = os.dup(1)
    os.dup2(2, 1)
    return frames_out


def log_to_stderr(name: str) -> None:
    """Has log lines start with the name of the process."""
    logging.basicConfig(format=f"{name}: %(message)s", stream=sys.stderr)
    logging.getLogger("specedge").setLevel(logging.INFO)


def channel_options(program: str, description: str) -> argparse.ArgumentParser:
    """Returns a parser of the options that choose the robot's network."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--domain", type=int, default=0, help="DDS domain of the robot")
    parser.add_argument("--network-interface", default="", help="interface that the robot is on")
    return parser
