"""The MuJoCo model that shows any room: compiled once, refurnished by moving its geoms.

MuJoCo only draws here. Nothing in the model is stepped; the base is moved by `specedge.sim.base`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from specedge.sim.camera import CameraMount, multiply
from specedge.sim.gl import load_mujoco
from specedge.sim.objects import COLOURS, FRUSTUMS, MOST_PARTS, Part
from specedge.sim.room import MOST_OBJECTS, WALL_HEIGHT, PlacedObject, Room
from specedge.sim.scene_xml import ABOVE_HEIGHT, LARGEST_HEIGHT, LARGEST_WIDTH, scene_xml

ROBOT_GROUP = 2
"""Geom group of the robot, which its own camera does not see."""
_WALL_HALF = 0.05
_SKIRTING_HALF_HEIGHT = 0.05

__all__ = ["ABOVE_HEIGHT", "LARGEST_HEIGHT", "LARGEST_WIDTH", "ROBOT_GROUP", "Scene"]


class Scene:
    """One compiled model with a slot of hidden geoms for each object a room can have.

    Raises:
        NoGraphics: this machine has no OpenGL without a display.
    """

    def __init__(self) -> None:
        self._mujoco: Any = load_mujoco()
        self.model: Any = self._mujoco.MjModel.from_xml_string(scene_xml())
        # The compiler notes which geoms coincide with their body, and copies those poses from
        # then on; every pose is to be computed, because slots are moved.
        self.model.geom_sameframe[:] = 0
        self.data: Any = self._mujoco.MjData(self.model)
        self._first = self._geom("slot0_0")
        self._types = {
            name: int(getattr(self._mujoco.mjtGeom, f"mjGEOM_{name.upper()}"))
            for name in ("box", "sphere", "cylinder", "ellipsoid", "mesh")
        }

    def furnish(self, room: Room) -> None:
        """Shows another room; `pose` has to follow."""
        self._shell(room)
        self._light(room)
        slots = slice(self._first, self._first + MOST_OBJECTS * MOST_PARTS)
        self.model.geom_rgba[slots] = 0.0
        for index, item in enumerate(room.objects):
            for number, part in enumerate(item.shape.parts):
                self._draw(self._first + index * MOST_PARTS + number, item, part)

    def mount(self, mount: CameraMount) -> None:
        """Moves the front camera in the robot's frame."""
        camera = self.model.camera("front").id
        self.model.cam_pos[camera] = mount.position
        self.model.cam_quat[camera] = mount.quaternion

    def pose(self, positions: np.ndarray) -> None:
        """Moves the robot, and recomputes where everything is.

        Args:
            positions: Base position (3), its quaternion w, x, y, z (4), and 12 joint angles in
                the order FL, FR, RL, RR of hip, thigh and calf (rad).
        """
        self.data.qpos[:] = positions
        self._mujoco.mj_kinematics(self.model, self.data)
        self._mujoco.mj_camlight(self.model, self.data)

    def objects_of(self, geoms: np.ndarray) -> np.ndarray:
        """Turns geom numbers into object indices; -1 for what belongs to no object."""
        index = (geoms - self._first) // MOST_PARTS
        inside = (geoms >= self._first) & (index < MOST_OBJECTS)
        return np.where(inside, index, -1)

    def _geom(self, name: str) -> int:
        return int(self.model.geom(name).id)

    def _material(self, geom: int, name: str) -> None:
        self.model.geom_matid[geom] = self.model.material(name).id

    def _shell(self, room: Room) -> None:
        model = self.model
        half_x, half_y = room.size[0] / 2, room.size[1] / 2
        floor = self._geom("floor")
        model.geom_rgba[floor, :3] = room.floor
        self._material(floor, f"floor_{room.floor_pattern}")
        skirting = [0.55 * channel for channel in room.walls]
        for side in range(4):
            reach, along = (half_x, half_y) if side % 2 == 0 else (half_y, half_x)
            turn = side * math.pi / 2
            wall, board = self._geom(f"wall{side}"), self._geom(f"skirting{side}")
            out = reach + _WALL_HALF
            for geom, depth, half_height in (
                (wall, _WALL_HALF, WALL_HEIGHT / 2),
                (board, _WALL_HALF + 0.01, _SKIRTING_HALF_HEIGHT),
            ):
                model.geom_pos[geom] = out * math.cos(turn), out * math.sin(turn), half_height
                model.geom_quat[geom] = math.cos(turn / 2), 0, 0, math.sin(turn / 2)
                model.geom_size[geom] = depth, along + 2 * _WALL_HALF, half_height
            model.geom_rgba[wall, :3] = room.walls
            model.geom_rgba[board, :3] = skirting
            self._material(wall, f"wall_{room.wall_pattern}")

    def _light(self, room: Room) -> None:
        headlight = self.model.vis.headlight
        headlight.ambient[:] = room.light.ambient
        headlight.diffuse[:] = room.light.headlight
        self.model.light_diffuse[0] = room.light.diffuse
        self.model.light_dir[0] = room.light.direction

    def _draw(self, geom: int, item: PlacedObject, part: Part) -> None:
        model = self.model
        yaw = (math.cos(item.yaw / 2), 0.0, 0.0, math.sin(item.yaw / 2))
        half = part.lean / 2
        # A lean is a rotation about the horizontal axis at right angles to its heading.
        lean = (
            math.cos(half),
            -math.sin(half) * math.sin(part.heading),
            math.sin(half) * math.cos(part.heading),
            0.0,
        )
        x, y, z = (item.scale * value for value in part.at)
        turned = multiply(yaw, lean)
        cosine, sine = math.cos(item.yaw), math.sin(item.yaw)
        place = np.array((item.x + cosine * x - sine * y, item.y + sine * x + cosine * y, z))
        if part.shape in FRUSTUMS:
            # The compiler moves a mesh into its principal axes; undo that.
            mesh = model.mesh(part.shape).id
            model.geom_type[geom], model.geom_dataid[geom] = self._types["mesh"], mesh
            offset = np.zeros(3)
            self._mujoco.mju_rotVecQuat(offset, model.mesh_pos[mesh], np.array(turned))
            place = place + offset
            turned = multiply(turned, tuple(model.mesh_quat[mesh]))
        else:
            model.geom_type[geom], model.geom_dataid[geom] = self._types[part.shape], -1
            model.geom_size[geom] = [item.scale * value for value in part.size]
        model.geom_pos[geom], model.geom_quat[geom] = place, turned
        colour = part.paint or COLOURS[item.colour]
        model.geom_rgba[geom] = [*(part.shade * channel for channel in colour), 1.0]
