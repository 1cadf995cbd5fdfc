"""A controller that drives forward until it is killed, or falls silent after a while.

Usage: driving_parent.py DOMAIN [SECONDS]
"""

from __future__ import annotations

import math
import sys
import threading
import time

from specedge.robot.link import DriverLink

domain, seconds = int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else math.inf
with DriverLink(domain=domain, network_interface="lo") as link:
    assert link.wait_for_state(30.0), link.fault()
    print(link.pid, flush=True)
    pause = threading.Event()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        link.move(0.3, 0.0, 0.0, deadline=time.monotonic() + 60.0)
        pause.wait(0.02)
    pause.wait()
