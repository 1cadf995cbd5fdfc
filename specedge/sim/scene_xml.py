"""Writes the MJCF of the scene: shell, slots for objects, and a Go2 of primitives."""

from __future__ import annotations

import math

from specedge.sim.camera import MOUNT
from specedge.sim.gait import FOOT_RADIUS, HIP_SIDE, HIP_X, HIP_Y, LEGS, LINK
from specedge.sim.objects import FRUSTUMS, MOST_PARTS, Frustum
from specedge.sim.room import LARGEST_ROOM, MOST_OBJECTS

ABOVE_HEIGHT = 14.0
"""Height of the camera that looks down on the room, m."""
LARGEST_WIDTH, LARGEST_HEIGHT = 1920, 1080
_SIDES = 24

_BODY, _JOINT, _LIMB = "0.13 0.13 0.14 1", "0.25 0.25 0.27 1", "0.72 0.73 0.75 1"


def scene_xml() -> str:
    """Returns the scene as MJCF; everything in it is hidden or default until it is furnished."""
    # A plane's extent is fixed when it is compiled, so it has to reach below every room's walls.
    half_floor = LARGEST_ROOM / 2 + 0.1
    return f"""
<mujoco model="specedge">
  <compiler angle="radian"/>
  <visual>
    <global offwidth="{LARGEST_WIDTH}" offheight="{LARGEST_HEIGHT}"/>
    <quality shadowsize="0" offsamples="0"/>
    <map znear="0.01" zfar="40"/>
    <headlight specular="0 0 0"/>
  </visual>
  <statistic extent="1" center="0 0 0"/>
  <asset>
    <texture type="skybox" builtin="flat" rgb1="0.55 0.55 0.56" width="16" height="96"/>
    {_materials()}{"".join(_mesh(*entry) for entry in FRUSTUMS.items())}
  </asset>
  <default><geom contype="0" conaffinity="0"/></default>
  <worldbody>
    <light type="directional" castshadow="false" specular="0 0 0" ambient="0 0 0" dir="0 0 -1"/>
    <camera name="above" pos="0 0 {ABOVE_HEIGHT}"/>
    <geom name="floor" type="plane" size="{half_floor} {half_floor} 1" material="floor_plain"/>
    {_walls()}
    {_slots()}
    {_robot()}
  </worldbody>
</mujoco>"""


def _materials() -> str:
    texture = '\n    <texture name="{0}" type="{1}" {2} width="128" height="{3}"/>'
    material = '\n    <material name="{0}" texture="{0}" {1} specular="0" reflectance="0"/>'
    bright, dim = 'rgb1="1 1 1"', 'rgb2="0.78 0.78 0.78"'
    marked = 'markrgb="0.6 0.6 0.6"'
    tiled = 'texuniform="true" texrepeat="1.2 1.2"'
    floors = {
        "checker": f'builtin="checker" {bright} {dim}',
        "tiles": f'builtin="flat" {bright} mark="edge" markrgb="0.6 0.6 0.6"',
        "speckle": f'builtin="flat" {bright} mark="random" random="0.15" markrgb="0.7 0.7 0.7"',
        "boards": f'builtin="gradient" {bright} rgb2="0.68 0.68 0.68"',
        "crosses": f'builtin="flat" {bright} mark="cross" markrgb="0.62 0.62 0.62"',
        "gravel": f'builtin="checker" {bright} {dim} mark="random" random="0.4" {marked}',
    }
    walls = {
        "gradient": f'builtin="gradient" {bright} rgb2="0.75 0.75 0.75"',
        "panels": f'builtin="flat" {bright} mark="edge" markrgb="0.65 0.65 0.65"',
        "crosses": f'builtin="flat" {bright} mark="cross" markrgb="0.7 0.7 0.7"',
        "speckle": f'builtin="flat" {bright} mark="random" random="0.1" markrgb="0.75 0.75 0.75"',
        "stripes": f'builtin="checker" {bright} {dim}',
    }
    lines = [f'\n    <material name="{part}_plain" specular="0"/>' for part in ("floor", "wall")]
    for name, look in floors.items():
        lines.append(texture.format(f"floor_{name}", "2d", look, 128))
        lines.append(material.format(f"floor_{name}", tiled))
    for name, look in walls.items():
        lines.append(texture.format(f"wall_{name}", "cube", look, 768))
        lines.append(material.format(f"wall_{name}", ""))
    return "".join(lines)


def _mesh(name: str, shape: Frustum) -> str:
    points = []
    for radius, height in ((shape.bottom, 0.0), (shape.top, shape.height)):
        for step in range(_SIDES):
            turn = 2 * math.pi * step / _SIDES
            points.append(
                f"{radius * math.cos(turn):.5f} {radius * math.sin(turn):.5f} {height:.5f}"
            )
    return f'\n    <mesh name="{name}" vertex="{" ".join(points)}"/>'


def _walls() -> str:
    return "".join(
        f'<geom name="wall{side}" type="box" size="1 1 1" material="wall_plain"/>'
        f'<geom name="skirting{side}" type="box" size="1 1 1"/>'
        for side in range(4)
    )


def _slots() -> str:
    return "".join(
        f'<geom name="slot{index}_{part}" type="box" size="0.1 0.1 0.1" rgba="0 0 0 0"/>'
        for index in range(MOST_OBJECTS)
        for part in range(MOST_PARTS)
    )


def _robot() -> str:
    camera = " ".join(map(str, MOUNT))
    legs = "".join(_leg(*leg) for leg in LEGS)
    return f"""
    <body name="base" pos="0 0 0.32">
      <freejoint/>
      <camera name="front" pos="{camera}" xyaxes="0 -1 0 0 0 1"/>
      <geom group="2" type="box" size="0.188 0.0935 0.057" rgba="{_LIMB}"/>
      <geom group="2" type="box" size="0.16 0.06 0.02" pos="0 0 0.06" rgba="{_BODY}"/>
      <geom group="2" type="box" size="0.05 0.045 0.04" pos="0.28 0 0.02" rgba="{_BODY}"/>
      <geom group="2" type="cylinder" size="0.045 0.02" pos="0.29 0 -0.03" rgba="{_JOINT}"/>
      {legs}
    </body>"""


def _leg(name: str, front: int, left: int) -> str:
    return f"""
      <body name="{name}_hip" pos="{front * HIP_X} {left * HIP_Y} 0">
        <joint name="{name}_hip" axis="1 0 0"/>
        <geom group="2" type="cylinder" size="0.046 0.04" zaxis="0 1 0" pos="0 {left * 0.06} 0"
              rgba="{_JOINT}"/>
        <body name="{name}_thigh" pos="0 {left * HIP_SIDE} 0">
          <joint name="{name}_thigh" axis="0 1 0"/>
          <geom group="2" type="capsule" size="0.028" fromto="0 0 0 0 0 {-LINK}" rgba="{_LIMB}"/>
          <body name="{name}_calf" pos="0 0 {-LINK}">
            <joint name="{name}_calf" axis="0 1 0"/>
            <geom group="2" type="capsule" size="0.017" fromto="0 0 0 0 0 {-LINK}"
                  rgba="{_BODY}"/>
            <geom group="2" type="sphere" size="{FOOT_RADIUS}" pos="0 0 {-LINK}" rgba="{_JOINT}"/>
          </body>
        </body>
      </body>"""
