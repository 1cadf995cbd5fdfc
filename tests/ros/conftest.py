"""Processes that tests talk to."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from specedge.ros.choice import CYCLONEDDS, RCLPY, VARIABLE
from specedge.ros.cyclone.api import SingleThreadedExecutor
from specedge.ros.cyclone.context import Context
from specedge.ros.cyclone.node import Node

PEER = Path(__file__).with_name("peer.py")
TIMEOUT = 60.0


class Peer:
    """A process that runs one node of peer.py."""

    def __init__(self, kind: str, implementation: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PEER), kind, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, VARIABLE: implementation},
        )
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._errors: list[str] = []
        self._threads = (
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def said(self) -> dict[str, Any]:
        """Returns the next line of the process."""
        try:
            line = self._lines.get(timeout=TIMEOUT)
        except queue.Empty:
            pytest.fail(f"{self.process.args} said nothing for {TIMEOUT} s")
        if line is None:
            pytest.fail(f"{self.process.args} ended: {self.errors()}")
        return line

    def errors(self) -> str:
        """Returns all that an ended process wrote to standard error."""
        self.process.wait(TIMEOUT)
        self._threads[1].join(TIMEOUT)
        return "".join(self._errors)

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, float]:
        """Asks the process to end; returns its exit status and how long it took (s)."""
        start = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT), time.monotonic() - start

    def hear(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors += self.process.stderr


def _rclpy_is_here() -> bool:
    command = [sys.executable, "-c", "import rclpy.node"]
    return subprocess.run(command, capture_output=True, timeout=60).returncode == 0


@pytest.fixture(scope="session")
def rclpy_is_here() -> bool:
    return _rclpy_is_here()


@pytest.fixture(params=[CYCLONEDDS, RCLPY])
def implementation(request: pytest.FixtureRequest, rclpy_is_here: bool) -> str:
    if request.param == RCLPY and not rclpy_is_here:
        pytest.skip("rclpy is not there: ROS 2 is not sourced for this Python")
    return request.param


StartPeer = Callable[..., Peer]


@pytest.fixture
def start_adapter(dds_domain: int) -> Iterator[StartPeer]:
    """Starts processes in the test's own domain, on Cyclone DDS alone unless asked otherwise."""
    peers: list[Peer] = []

    def start(kind: str, *arguments: str, by: str = CYCLONEDDS) -> Peer:
        peers.append(Peer(kind, by, *arguments))
        return peers[-1]

    yield start
    for peer in peers:
        peer.close()


@pytest.fixture
def start_peer(start_adapter: StartPeer, implementation: str) -> StartPeer:
    """Starts processes in the test's own domain, in both implementations by turns."""

    def start(kind: str, *arguments: str, by: str = implementation) -> Peer:
        return start_adapter(kind, *arguments, by=by)

    return start


@pytest.fixture
def context(dds_domain: int) -> Iterator[Context]:
    made = Context()
    made.init([])
    yield made
    made.shutdown()


class Spinner:
    """A node of the adapter in the test itself, spun until something is there."""

    def __init__(self, context: Context) -> None:
        self.node = Node("test", context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)

    def until(self, is_there: Callable[[], bool], timeout: float = TIMEOUT) -> None:
        deadline = time.monotonic() + timeout
        while not is_there():
            remaining = deadline - time.monotonic()
            assert remaining > 0.0, f"did not come in {timeout} s"
            self._executor.spin_once(timeout_sec=min(remaining, 0.05))

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()


@pytest.fixture
def spinner(context: Context) -> Iterator[Spinner]:
    made = Spinner(context)
    yield made
    made.close()
