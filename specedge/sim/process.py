"""The simulator: a Go2 in a room of its own, on the Go2's DDS topics, as a process.

Says ``{"event": "ready", ...}`` on its standard output when everything answers, and writes what
really happens to ``truth.jsonl`` in the run folder. SIGTERM ends it at once; after SIGINT it stays
until its robot has been brought to a stop.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import signal
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from specedge import signals
from specedge.errors import SpecedgeError
from specedge.robot import process
from specedge.robot.framing import write_all
from specedge.ros.domain import domain_id
from specedge.sim.room import USUAL_SEED, make_room

_log = logging.getLogger("specedge.sim.process")

QUIET = 1.0
"""Seconds without a call after which the robot has been left alone: a stop is repeated faster."""
LONGEST_STAY = 5.0
"""Seconds from SIGINT to the end, however busy the robot is kept."""
FASTEST = 20.0
"""Times real time; beyond it, the body would move too far between two steps."""


class BadOption(SpecedgeError):
    """An option of the simulator makes no sense."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the simulator until it is told to end or its parent dies."""
    parent = os.getppid()  # before the seconds of set-up, in which it may already die
    process.log_to_stderr("simulator")
    frames_out = process.claim_output()
    signals.interrupt_once()
    try:
        _simulate(_parse(arguments), frames_out, parent)
    except KeyboardInterrupt:
        return 0
    except SpecedgeError as error:
        _log.error("%s", error)
        return 2
    return 0


class Departure:
    """When a simulator that was interrupted may go.

    A terminal's Ctrl-C reaches all processes at once, and a robot does not vanish while its driver
    brings it to a stop.
    """

    def __init__(self) -> None:
        self._asked_at = math.inf

    def ask(self, *_: object) -> None:
        """Takes SIGINT; launchers repeat it."""
        self._asked_at = min(self._asked_at, time.monotonic())

    def is_due(self, idle: float) -> bool:
        """Returns whether to go, where nobody has told the robot anything for `idle` seconds."""
        asked_for = time.monotonic() - self._asked_at
        return asked_for >= LONGEST_STAY or (asked_for >= 0.0 and idle >= QUIET)


def _simulate(options: argparse.Namespace, output: int, parent: int) -> None:
    # Here, so that a bad option is told before seconds of imports.
    from specedge.sim.live import STEP, LiveWorld
    from specedge.sim.services.go2 import SimulatedGo2
    from specedge.sim.services.state_machine import SportStateMachine
    from specedge.sim.truth_file import TruthFile
    from specedge.sim.world import World

    room = make_room(options.seed)
    machine = SportStateMachine()
    with World(room) as world, TruthFile(options.run_dir) as truth:
        live = LiveWorld(
            world,
            machine,
            rate=options.rate,
            picture_size=(options.width, options.height),
            picture_rate=options.picture_rate,
        )
        robot = SimulatedGo2(
            live,
            machine,
            domain=options.domain,
            network_interface=options.network_interface,
            reply_delay=options.reply_delay,
        )
        # The world first: a service that waits for a picture would keep the process.
        with robot, closing(live):
            ready = {"event": "ready", "seed": options.seed, "domain": options.domain}
            ready["objects"] = [item.name for item in room.objects]
            departure = Departure()
            signal.signal(signal.SIGINT, departure.ask)
            write_all(output, json.dumps(ready).encode() + b"\n")
            pause = threading.Event()
            while os.getppid() == parent and not departure.is_due(machine.idle()):
                began = time.monotonic()
                truth.write(time.time(), live.advance())
                pause.wait(max(0.0, began + STEP - time.monotonic()))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = process.channel_options("specedge.sim.process", "A Go2 simulated on its own topics.")
    parser.set_defaults(domain=None)
    parser.add_argument("--seed", type=int, default=USUAL_SEED, help="of the room")
    parser.add_argument("--rate", type=float, default=1.0, help="simulated seconds per second")
    parser.add_argument("--run-dir", type=Path, help="folder for the truth")
    parser.add_argument("--width", type=int, default=640, help="of the camera's pictures, pixels")
    parser.add_argument("--height", type=int, default=360, help="of the camera's pictures, pixels")
    parser.add_argument("--picture-rate", type=float, default=8.0, help="pictures a second, Hz")
    parser.add_argument("--reply-delay", type=float, default=0.0, help="of each call, s")
    options = parser.parse_args(arguments)
    if options.domain is None:
        options.domain = domain_id()
    options.network_interface = options.network_interface or "lo"
    if options.seed < 0:
        raise BadOption(f"--seed {options.seed} is negative")
    if not (math.isfinite(options.rate) and 0.0 < options.rate <= FASTEST):
        raise BadOption(f"--rate {options.rate} is not above 0 and at most {FASTEST:g}")
    if not (math.isfinite(options.picture_rate) and options.picture_rate > 0.0):
        raise BadOption(f"--picture-rate {options.picture_rate} is not above 0")
    return options


if __name__ == "__main__":
    sys.exit(main())
