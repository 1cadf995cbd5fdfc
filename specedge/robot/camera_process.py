"""The camera process: asks the Go2 for pictures and passes them on until its input ends."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time

import msgspec

from specedge import signals
from specedge.errors import SpecedgeError
from specedge.robot import process
from specedge.robot.camera_messages import CameraFault, CameraFrame, CameraMessage
from specedge.robot.framing import frame, write_all

_log = logging.getLogger("specedge.robot.camera_process")

TIMEOUT = 0.5
"""Seconds to wait for a picture; a Go2 needs 0.12 to 0.2."""


def main(arguments: list[str] | None = None) -> int:
    """Runs until the input ends; an interrupt would be lost in the SDK, which catches all."""
    signals.leave_interrupts_to_parent()
    parser = process.channel_options("specedge.robot.camera_process", __doc__ or "")
    parser.add_argument("--rate", type=float, default=10.0, help="frames per second at most")
    options = parser.parse_args(arguments)
    process.log_to_stderr("camera")
    frames_out = process.claim_output()
    closing = threading.Event()
    threading.Thread(target=_watch_input, args=(closing,), name="input", daemon=True).start()
    try:
        _capture(options.domain, options.network_interface, options.rate, frames_out, closing)
    except SpecedgeError as error:
        _log.error("%s", error)
        return 2
    except BrokenPipeError:
        pass
    return 0


def _capture(
    domain: int, network_interface: str, rate: float, frames_out: int, closing: threading.Event
) -> None:
    from specedge.robot import sdk

    sdk.open_channel(domain, network_interface)
    client = sdk.VideoClient()
    client.SetTimeout(TIMEOUT)
    client.Init()
    due = time.monotonic()
    while not closing.wait(max(0.0, due - time.monotonic())):
        due = time.monotonic() + 1.0 / rate
        captured, captured_wall = time.monotonic(), time.time()
        code, picture = client.GetImageSample()
        message: CameraMessage
        if code == 0 and picture:
            message = CameraFrame(captured, captured_wall, bytes(picture))
        else:
            message = CameraFault(f"the video service returned {code}")
        write_all(frames_out, frame(msgspec.msgpack.encode(message)))


def _watch_input(closing: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    closing.set()


if __name__ == "__main__":
    sys.exit(main())
