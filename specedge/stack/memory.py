"""Measures the memory of every process of a run, children included."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping

import psutil

SECONDS_BETWEEN_LOOKS = 2.0


class MemoryMeter:
    """Looks every two seconds and keeps the peaks; a context manager that owns its thread.

    Figures are proportional set sizes where the system tells them, so that a library that five
    processes map counts once, and resident set sizes elsewhere; bytes.

    Args:
        pids: Returns the processes to look at, by name.
    """

    def __init__(self, pids: Callable[[], Mapping[str, int]]) -> None:
        self._pids = pids
        self._peaks: dict[str, int] = {}
        self._peak_total = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory-meter", daemon=True)

    def __enter__(self) -> MemoryMeter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()

    def figures(self) -> dict[str, float]:
        """Returns peaks in MiB by process, and of all together as ``total``."""
        mebibytes = {name: peak / 2**20 for name, peak in self._peaks.items()}
        return {**mebibytes, "total": self._peak_total / 2**20}

    def look(self) -> None:
        """Measures once."""
        total = 0
        for name, pid in self._pids().items():
            used = _memory_of(pid)
            total += used
            self._peaks[name] = max(used, self._peaks.get(name, 0))
        self._peak_total = max(total, self._peak_total)

    def _run(self) -> None:
        while not self._closed.wait(SECONDS_BETWEEN_LOOKS):
            self.look()


def _memory_of(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        # The supervisor's children are all measured by their own names.
        family = [process] if pid == os.getpid() else [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_memory_of_one(process) for process in family)


def _memory_of_one(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", 0) or full.rss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
