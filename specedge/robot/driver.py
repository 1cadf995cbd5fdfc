"""The driver process: the only one that commands the robot, and stops it when left alone.

Frames of `specedge.robot.messages` come in on standard input and go out on standard output.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable

from specedge import signals
from specedge.errors import SpecedgeError
from specedge.robot import process
from specedge.robot.codes import ReturnCode
from specedge.robot.errors import MessageMalformed
from specedge.robot.framing import FrameReader
from specedge.robot.messages import (
    CALLS,
    REMOTE_DEADBAND,
    Call,
    CallFailed,
    Close,
    Fault,
    Release,
    Velocity,
    decode_down,
)
from specedge.robot.motion_writer import MotionWriter
from specedge.robot.outbox import Outbox

_log = logging.getLogger("specedge.robot.driver")

STOP_MOVE = "stop_move"
STOP_PATIENCE = 3.0
"""Seconds that the driver waits, when it ends, for the robot to report that it is still."""


class SkillThread:
    """Makes calls one after another, away from the thread that must stop the robot in time."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="skills", daemon=True)

    def start(self) -> None:
        """Begins to make calls."""
        self._thread.start()

    def put(self, call: Call) -> None:
        """Takes a call; its failure goes to the outbox.

        A StopMove that had to wait behind others, with more behind it, is not made: the robot may
        not have been reached for minutes, and was asked to stop each second.
        """
        self._calls.put(call)

    def drop(self) -> None:
        """Forgets calls that have not been begun: who wants them still asks again."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._calls.get_nowait()

    def cease(self) -> None:
        """Makes no more calls; returns at once."""
        self._closing.set()
        self._calls.put(None)

    def close(self) -> None:
        """Ends the thread; a call that is being made, and may take seconds, is not waited for."""
        self.cease()
        if self._thread.ident is not None:
            self._thread.join(timeout=0.1)

    def _run(self) -> None:
        from specedge.robot.sport_port import SkillCaller

        caller = SkillCaller()
        while (call := self._calls.get()) is not None and not self._closing.is_set():
            if call.name == STOP_MOVE and not self._calls.empty():
                # The motion writer has stopped the robot long since; it may walk again by now.
                continue
            code = _attempt(caller, call.name)
            if code != ReturnCode.OK and call.name != STOP_MOVE:  # the motion writer tells of stops
                self._outbox.tell(CallFailed(call.name, code))


def _attempt(caller: Callable[[str], int], name: str) -> int:
    try:
        return caller(name)
    except Exception as error:  # of the SDK; later calls may do better
        _log.error("%s failed: %r", name, error)
        return ReturnCode.INTERNAL


def main(arguments: list[str] | None = None) -> int:
    """Runs the driver until its input ends, it is told to close, or it is interrupted."""
    options = _parse(arguments)
    process.log_to_stderr("driver")
    frames_out = process.claim_output()
    signals.interrupt_once()
    try:
        return _drive(options, frames_out)
    except SpecedgeError as error:
        _log.error("%s", error)
        return 2
    except KeyboardInterrupt:
        return 0


def _drive(options: argparse.Namespace, frames_out: int) -> int:
    # Not at the top: whoever only asks for --help need not have the SDK.
    from specedge.robot import sdk, sport_port
    from specedge.robot.lidar import Lidar
    from specedge.robot.remote import RemoteControl

    sdk.open_channel(options.domain, options.network_interface)
    outbox = Outbox(frames_out, on_broken=lambda: os.kill(os.getpid(), signal.SIGTERM))
    outbox.start()
    subscriber = sport_port.subscribe(outbox.report)
    remote = RemoteControl(outbox.tell, options.remote_deadband)
    lidar = Lidar(outbox.show) if options.lidar else None
    port = sport_port.AvoidingPort() if options.avoid_obstacles else sport_port.SportPort()
    writer = MotionWriter(port, outbox.latest, lambda text: outbox.tell(Fault(text)))
    skills = SkillThread(outbox)
    try:
        writer.start()
        skills.start()
        _obey(FrameReader(0), writer, skills)
        # A parent that was killed ends the input and breaks the output, which interrupts: in here,
        # for an interrupt in the midst of what follows would leave the robot to the dead man.
        signals.ignore()
    except KeyboardInterrupt:
        _log.info("interrupted")
    finally:
        signals.ignore()
        # A robot that is being stopped is not to be asked to stand up.
        skills.cease()
        if not writer.close(STOP_PATIENCE):
            _log.error("the robot did not confirm within %g s that it stands still", STOP_PATIENCE)
        port.close()
        skills.close()
        outbox.close()
        subscriber.Close()
        remote.close()
        if lidar is not None:
            lidar.close()
    return 0


def _obey(frames: FrameReader, writer: MotionWriter, skills: SkillThread) -> None:
    """Takes messages until there are no more."""
    while (payload := frames.read()) is not None:
        try:
            message = decode_down(payload)
        except MessageMalformed as error:
            _log.error("%s", error)
            return
        if isinstance(message, Velocity):
            writer.drive(message)
        elif isinstance(message, Release):
            writer.release()
            skills.drop()
        elif isinstance(message, Close):
            return
        elif message.name not in CALLS:
            _log.error("call %r is not allowed", message.name)
        else:
            if message.name == STOP_MOVE:
                writer.stop()
                # Legs that are to rise would do so under a stop by now, or a latched one.
                skills.drop()
            skills.put(message)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = process.channel_options("specedge.robot.driver", __doc__ or "")
    parser.add_argument(
        "--avoid-obstacles", action="store_true", help="drive through the Go2's own avoidance"
    )
    parser.add_argument("--lidar", action="store_true", help="tell what the Go2's lidar sees")
    parser.add_argument(
        "--remote-deadband",
        type=float,
        default=REMOTE_DEADBAND,
        help="deadband of the remote's sticks",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
