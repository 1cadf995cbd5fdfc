"""The simulated world: a room, the robot in it, and pictures of both."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from specedge.sim.base import Base, Velocity
from specedge.sim.camera import CameraMount, multiply, vertical_field
from specedge.sim.gait import Gait
from specedge.sim.gl import load_mujoco, unusable
from specedge.sim.room import Pose, Room
from specedge.sim.scene import ABOVE_HEIGHT, ROBOT_GROUP, Scene
from specedge.sim.services.body import Posture

_SEEN_AT = (196, 112)
_MOST_GEOMS = 200
_ABOVE_MARGIN = 1.06


class World:
    """A room with a Go2 in it; use it as a context manager, from one thread.

    The model is compiled once: `load` refurnishes it.

    Args:
        room: The first room.
        mount: Where this robot's camera sits.

    Raises:
        NoGraphics: this machine has no OpenGL without a display.
    """

    def __init__(self, room: Room, mount: CameraMount | None = None) -> None:
        mujoco: Any = load_mujoco()
        self._mujoco = mujoco
        self._scene = Scene()
        self._renderers: dict[tuple[int, int], Any] = {}
        self._own_view = mujoco.MjvOption()
        self._own_view.geomgroup[ROBOT_GROUP] = 0
        self.load(room, mount)

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def load(self, room: Room, mount: CameraMount | None = None) -> None:
        """Shows another room, with the robot at its start pose."""
        self.room = room
        self._scene.furnish(room)
        self._scene.mount(mount or CameraMount())
        self.place(room.start.x, room.start.y, room.start.yaw)

    def place(self, x: float, y: float, yaw: float) -> None:
        """Puts the robot somewhere (m, rad), standing still; collisions are counted anew."""
        self._base = Base(self.room, Pose(x, y, yaw))
        self._gait = Gait()
        self._shown = False

    def step(self, duration: float, command: Velocity, posture: Posture = Posture.STANDING) -> None:
        """Lets time pass; a robot that does not stand does not walk.

        Args:
            duration: s.
            command: Velocity asked for, in the base's frame: m/s, m/s, rad/s.
            posture: Posture asked for.
        """
        walks = posture is Posture.STANDING and self._gait.standing
        self._base.step(duration, command if walks else (0.0, 0.0, 0.0))
        self._gait.advance(duration, self._base.velocity, posture)
        self._shown = False

    @property
    def pose(self) -> Pose:
        """Where the robot is."""
        return self._base.pose

    @property
    def velocity(self) -> Velocity:
        """How the robot moves, in its own frame: m/s, m/s, rad/s."""
        return self._base.velocity

    @property
    def body_height(self) -> float:
        """Height of the base above the floor, m."""
        return self._gait.height

    @property
    def standing(self) -> bool:
        """Whether the robot stands, so that it can walk."""
        return self._gait.standing

    @property
    def collisions(self) -> int:
        """How often the robot has run into something since it was placed."""
        return self._base.collisions

    @property
    def joints(self) -> np.ndarray:
        """The 12 joint angles, rad: hip, thigh and calf of FL, FR, RL and RR."""
        return self._gait.joints()

    def render(self, width: int, height: int) -> np.ndarray:
        """Returns what the front camera sees, uint8 [height, width, 3]."""
        return self._picture("front", width, height)

    def segment(self, width: int, height: int) -> np.ndarray:
        """Returns which object each pixel of the front camera shows; -1 where none, [H, W]."""
        renderer = self._renderer(width, height)
        renderer.enable_segmentation_rendering()
        try:
            geoms = self._picture("front", width, height)[..., 0]
        finally:
            renderer.disable_segmentation_rendering()
        return self._scene.objects_of(geoms)

    def visible(self, min_pixels: int = 12) -> dict[int, int]:
        """Returns the objects in view: index to pixels of a 196x112 picture, at least so many."""
        objects = self.segment(*_SEEN_AT)
        counts = np.bincount(objects[objects >= 0].ravel(), minlength=len(self.room.objects))
        return {index: int(count) for index, count in enumerate(counts) if count >= min_pixels}

    def render_above(self, width: int, height: int) -> np.ndarray:
        """Returns the room from above, x to the right and y up, uint8 [height, width, 3]."""
        return self._picture("above", width, height)

    def pixel_above(self, x: float, y: float, width: int, height: int) -> tuple[float, float]:
        """Returns column and row of a floor point (m) in the picture of `render_above`."""
        scale = self._pixels_per_metre(width, height)
        return width / 2 + scale * x, height / 2 - scale * y

    def close(self) -> None:
        """Frees the graphics memory; the world draws no more."""
        while self._renderers:
            self._renderers.popitem()[1].close()

    def _show(self) -> None:
        if self._shown:
            return
        pose, pitch = self._base.pose, self._gait.pitch
        turn = (math.cos(pose.yaw / 2), 0.0, 0.0, math.sin(pose.yaw / 2))
        nod = (math.cos(pitch / 2), 0.0, math.sin(pitch / 2), 0.0)
        place = (pose.x, pose.y, self._gait.height)
        self._scene.pose(np.concatenate((place, multiply(turn, nod), self._gait.joints())))
        self._shown = True

    def _pixels_per_metre(self, width: int, height: int) -> float:
        # Walls lean outwards in perspective, hence more than the floor has to fit.
        return min(width / self.room.size[0], height / self.room.size[1]) / (1.2 * _ABOVE_MARGIN)

    def _picture(self, camera: str, width: int, height: int) -> np.ndarray:
        self._show()
        renderer = self._renderer(width, height)
        model = self._scene.model
        if camera == "front":
            field = vertical_field(width, height)
        else:
            half = height / 2 / self._pixels_per_metre(width, height)
            field = math.degrees(2 * math.atan(half / ABOVE_HEIGHT))
        model.cam_fovy[model.camera(camera).id] = field
        option = self._own_view if camera == "front" else None
        renderer.update_scene(self._scene.data, camera, option)
        picture: np.ndarray = renderer.render()
        return picture

    def _renderer(self, width: int, height: int) -> Any:
        if (width, height) not in self._renderers:
            try:
                renderer = self._mujoco.Renderer(
                    self._scene.model, height, width, max_geom=_MOST_GEOMS
                )
            except (self._mujoco.FatalError, RuntimeError, AttributeError) as error:
                raise unusable(error) from error
            for flag in ("mjRND_SHADOW", "mjRND_REFLECTION"):
                renderer.scene.flags[getattr(self._mujoco.mjtRndFlag, flag)] = 0
            self._renderers[width, height] = renderer
        return self._renderers[width, height]
