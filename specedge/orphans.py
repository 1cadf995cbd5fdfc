"""Children that do not outlive their parent, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
"""From <sys/prctl.h>: the signal that a process gets when its parent dies."""


def dies_with_parent() -> Callable[[], None]:
    """Returns a ``preexec_fn`` for `subprocess`; the child gets SIGTERM when this process ends.

    The kernel sends it when the *thread* that started the child ends: start it from one that lasts.
    """
    libc, parent = ctypes.CDLL(None), os.getpid()

    def before_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)

    return before_exec
