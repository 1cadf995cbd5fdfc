"""Runs a world in step with the wall clock, for services in other threads to look at."""

from __future__ import annotations

import math
import queue
import threading
import time
from concurrent import futures
from dataclasses import dataclass

import cv2
import numpy as np

from specedge.errors import SpecedgeError
from specedge.sim import lidar
from specedge.sim.base import STILL, Velocity
from specedge.sim.room import Pose
from specedge.sim.services.state_machine import SportStateMachine
from specedge.sim.world import World

STEP = 0.02
"""Seconds of wall time between two steps."""
LONGEST_STEP = 0.1
"""Seconds; when the machine was busy for longer, the world stands still for the rest."""
JPEG_QUALITY = 85
PICTURE_PATIENCE = 2.0
"""Seconds to wait for the world's thread to draw."""


class NoPicture(SpecedgeError):
    """The world's thread did not draw a picture in time, or draws none any more."""


@dataclass(frozen=True)
class Moment:
    """How the robot stood at one moment.

    Attributes:
        time: Simulated seconds so far.
        pose: In the room's frame.
        velocity: In the robot's own frame: m/s, m/s, rad/s.
        collisions: So far.
    """

    time: float
    pose: Pose
    velocity: Velocity
    collisions: int


class LiveWorld:
    """A world as `specedge.sim.services.body.RobotBody`.

    One thread makes it and calls `advance`: OpenGL binds a context to a thread.

    Args:
        world: Stepped and drawn by the thread that calls `advance` alone.
        machine: Says what the robot should do.
        rate: Simulated seconds per second.
        picture_size: Width and height of the camera's pictures, pixels.
        picture_rate: Pictures per second at most.
    """

    def __init__(
        self,
        world: World,
        machine: SportStateMachine,
        *,
        rate: float = 1.0,
        picture_size: tuple[int, int] = (640, 360),
        picture_rate: float = 10.0,
    ) -> None:
        self._world = world
        self._machine = machine
        self._rate = rate
        self._picture_size = picture_size
        self._picture_period = 1.0 / picture_rate
        self._next_picture = -math.inf
        self._requests: queue.SimpleQueue[futures.Future[np.ndarray]] = queue.SimpleQueue()
        self._capturing = threading.Lock()
        self._closed = threading.Event()
        world.render(*picture_size)  # the first one takes seconds, and nobody should wait for it
        self._stepped = time.monotonic()
        self._moment = Moment(0.0, world.pose, STILL, world.collisions)

    def pose(self) -> tuple[float, float, float]:
        """Returns x and y in m and yaw in rad, in the frame of the room."""
        pose = self._moment.pose
        return pose.x, pose.y, pose.yaw

    def velocity(self) -> Velocity:
        """Returns the velocity in the robot's frame: m/s, m/s, rad/s."""
        return self._moment.velocity

    def capture_jpeg(self) -> bytes:
        """Returns what the front camera sees, at most `picture_rate` times a second.

        Raises:
            NoPicture: the world's thread is stuck, or `close` was called.
        """
        with self._capturing:
            self._closed.wait(max(0.0, self._next_picture - time.monotonic()))
            request: futures.Future[np.ndarray] = futures.Future()
            self._requests.put(request)
            if self._closed.is_set():
                request.cancel()
            try:
                picture = request.result(PICTURE_PATIENCE)
            except futures.CancelledError as error:
                raise NoPicture("the simulator ends and draws no more") from error
            except futures.TimeoutError as error:  # the built-in one only since Python 3.11
                request.cancel()  # drawn for nobody, it would hold up the next one
                raise NoPicture(
                    f"the simulator drew no picture within {PICTURE_PATIENCE:g} s; "
                    "this machine is too busy"
                ) from error
            self._next_picture = time.monotonic() + self._picture_period
        bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        _, jpeg = cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
        return jpeg.tobytes()

    def cloud(self) -> np.ndarray:
        """Returns what the lidar sees, in the frame of the base, m, [N, 3]."""
        return lidar.cloud(self._world.room, self._moment.pose)

    def advance(self) -> Moment:
        """Lets the world catch up with the wall clock, and draws what was asked for."""
        now = time.monotonic()
        duration = min(now - self._stepped, LONGEST_STEP) * self._rate
        self._stepped = now
        self._world.step(duration, self._machine.velocity(), self._machine.posture())
        self._moment = Moment(
            self._moment.time + duration,
            self._world.pose,
            self._world.velocity,
            self._world.collisions,
        )
        while not self._requests.empty():
            request = self._requests.get_nowait()
            if request.set_running_or_notify_cancel():
                request.set_result(self._world.render(*self._picture_size).copy())
        return self._moment

    def close(self) -> None:
        """Lets nobody wait for a picture any more: from here on `advance` is not called."""
        self._closed.set()
        while not self._requests.empty():
            self._requests.get_nowait().cancel()
