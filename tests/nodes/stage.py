"""Processes of the stack, and an operator in the test who talks to them over DDS."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from cyclonedds.domain import DomainParticipant
from cyclonedds.pub import DataWriter
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic

from specedge import ros
from specedge.commands import Action
from specedge.nodes import topics, wire
from specedge.nodes.profiles import LATCHED, RELIABLE
from specedge.robot.sdk import SportModeState_, WirelessController_
from specedge.ros import messages
from specedge.ros.interfaces import interface
from specedge.sim.room import make_room

WAIT = 150.0
"""Seconds; processes that import torch take long to start on a busy machine."""
STILL_SPEED = 0.05
STILL_YAW_RATE = 0.08


class Child:
    """A process of the stack."""

    def __init__(self, module: str, *arguments: str, log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(os.environ),
            )

    def says(self, text: str) -> bool:
        """Whether its output holds a text."""
        assert self._process.poll() is None, f"it has ended: {self.output()}"
        return text in self.output()

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def kill(self) -> float:
        """Ends it without a warning; returns the steady time at which it was gone."""
        self._process.kill()
        self._process.wait(WAIT)
        return time.monotonic()

    def interrupt(self) -> int:
        """Asks it to end, as Ctrl-C does, and returns its exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(WAIT)

    def wait(self) -> int:
        """Waits for it to end by itself and returns its exit code."""
        return self._process.wait(WAIT)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(WAIT)


class SportWatch:
    """Reads the robot's own state, not what our nodes make of it."""

    def __init__(self, domain: int) -> None:
        self._participant = DomainParticipant(domain)
        topic = Topic(self._participant, "rt/sportmodestate", SportModeState_)
        self._reader = DataReader(self._participant, topic)
        self._speeds: list[tuple[float, float, float]] = []

    def look(self) -> tuple[float, float]:
        """Returns m/s and rad/s of the newest state; waits for one that is newer."""
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            for sample in self._reader.take_iter(timeout=1_000_000_000):
                speed = math.hypot(sample.velocity[0], sample.velocity[1])
                return speed, abs(sample.yaw_speed)
        raise AssertionError("the robot says nothing")

    def newest(self) -> tuple[float, float]:
        """As `look`, past all that had queued up."""
        self._reader.take(N=1000)
        return self.look()

    def moves(self) -> bool:
        speed, yaw_rate = self.newest()
        return speed > STILL_SPEED or yaw_rate > STILL_YAW_RATE

    def time_of_standstill(self, since: float, patience: float) -> float:
        """Returns the seconds after `since` at which the robot came to rest, to stay so."""
        rest: float | None = None
        while time.monotonic() - since < patience:
            if self.moves():
                rest = None
            elif rest is None:
                rest = time.monotonic() - since
        assert rest is not None, f"it still moves {patience} s later"
        return rest


class RemoteControl:
    """The Go2's own remote control, in somebody's hand."""

    def __init__(self, domain: int) -> None:
        self._participant = DomainParticipant(domain)
        topic = Topic(self._participant, "rt/wirelesscontroller", WirelessController_)
        self._writer = DataWriter(self._participant, topic)

    def push(self, forward: float) -> None:
        """Says once that the left stick is pushed so far."""
        self._writer.write(WirelessController_(0.0, forward, 0.0, 0.0, 0))


class Operator:
    """A node in the test that plays the parts which are not under test."""

    def __init__(self) -> None:
        ros.init(args=[])
        self.node = ros.Node("operator")
        self.motion: list[Any] = []
        self.statuses: list[Any] = []
        self.commands: list[Any] = []
        self.odometry: list[Any] = []
        self.driven: list[Any] = []
        self.infos: list[Any] = []
        self.pictures: list[Any] = []
        self.diagnostics: list[Any] = []
        self.mounts: list[Any] = []
        self._commands = self.node.create_publisher(messages.Command, topics.COMMAND, RELIABLE)
        self._goals = self.node.create_publisher(messages.String, topics.GOAL, LATCHED)
        self._statuses = self.node.create_publisher(messages.Status, topics.STATUS, LATCHED)
        self._joystick: Any = None
        self._axes: list[float] = []
        self._beats = self.node.create_publisher(messages.Header, topics.CAMERA_HEARTBEAT, RELIABLE)
        self._listen(messages.MotionState, topics.MOTION, self.motion)
        self._listen(messages.Status, topics.STATUS, self.statuses)
        self._listen(messages.Command, topics.COMMAND, self.commands)
        self._listen(messages.Odometry, topics.ODOM, self.odometry)
        self._listen(messages.TwistStamped, topics.CMD_VEL, self.driven)
        self._listen(messages.CameraInfo, topics.CAMERA_INFO, self.infos)
        self._listen(messages.CompressedImage, topics.IMAGE, self.pictures)
        self._listen(messages.DiagnosticArray, topics.DIAGNOSTICS, self.diagnostics)
        self.node.create_subscription(
            messages.TFMessage, topics.TF_STATIC, self.mounts.append, LATCHED
        )
        self._clients = {
            name: self.node.create_client(messages.Trigger, f"/specedge/{name}")
            for name in ("stop", "reset_stop", "cancel")
        }
        self._executor = ros.SingleThreadedExecutor(context=self.node.context)
        self._executor.add_node(self.node)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join(WAIT)
        self._executor.shutdown()
        self.node.destroy_node()
        ros.try_shutdown()

    def wait(self, is_there: Callable[[], bool], what: str, patience: float = WAIT) -> None:
        """Returns once something is there; fails when it never is."""
        deadline = time.monotonic() + patience
        pause = threading.Event()
        while not is_there():
            assert time.monotonic() < deadline, f"{what}: not within {patience} s"
            pause.wait(0.01)

    def stand_in_for_vlm(self) -> None:
        """Says what a vlm_node with a living verifier says."""
        self.node.create_timer(0.05, self._say_status)

    def stand_in_for_camera(self) -> None:
        """Says what a camera_node with a living camera says."""
        self.node.create_timer(0.03, self._say_beat)

    def order(
        self, *actions: Action, turn: int = 1, lifetime: float = 30.0, goal: str = "test"
    ) -> None:
        now = time.time()
        self._commands.publish(
            messages.Command(
                header=wire.header(now),
                goal_id=goal,
                turn=turn,
                actions=[wire.action_message(action) for action in actions],
                complete=True,
                expires=wire.stamp(now + lifetime),
            )
        )

    def hold_joystick(self, *axes: float) -> None:
        """Has a joystick say, from now on, that its axes are there."""
        joystick = interface("sensor_msgs/msg/Joy")
        if self._joystick is None:
            self._joystick = self.node.create_publisher(joystick, "/joy", RELIABLE)
            self.node.create_timer(0.05, lambda: self._joystick.publish(joystick(axes=self._axes)))
        self._axes = list(axes)

    def say_goal(self, text: str) -> None:
        self.wait(lambda: self._goals.get_subscription_count() > 0, "somebody to hear goals")
        self._goals.publish(messages.String(data=text))

    def trigger(self, name: str) -> Any:
        client = self._clients[name]
        self.wait(client.service_is_ready, f"service {name}")
        future = client.call_async(messages.Trigger.Request())
        self.wait(future.done, f"answer of service {name}")
        return future.result()

    def wait_for_motion(self, state: str, patience: float = WAIT) -> None:
        self.wait(
            lambda: bool(self.motion) and self.motion[-1].state == state,
            f"motion state {state}",
            patience,
        )

    def _listen(self, kind: Any, topic: str, into: list[Any]) -> None:
        self.node.create_subscription(kind, topic, into.append, RELIABLE)

    def _say_status(self) -> None:
        self._statuses.publish(
            messages.Status(
                header=wire.header(time.time()), mode="preemptive", verifier_connected=True
            )
        )

    def _say_beat(self) -> None:
        self._beats.publish(wire.header(time.time()))

    def _spin(self) -> None:
        while not self._closing.is_set():
            try:
                self._executor.spin_once(timeout_sec=0.05)
            except ros.ExternalShutdownException:
                return


def seed_with_way_ahead(metres: float) -> int:
    """Returns the first seed whose room lets the robot walk straight on from its start."""
    along = np.arange(0.0, metres, 0.1)
    for seed in range(1, 1000):
        room = make_room(seed)
        start = room.start
        x = start.x + along * math.cos(start.yaw)
        y = start.y + along * math.sin(start.yaw)
        if float(np.min(room.clearance(x, y))) > 0.45:
            return seed
    raise AssertionError(f"no room has {metres} m ahead of its start")
