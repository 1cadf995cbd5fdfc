from __future__ import annotations

import os
import subprocess
import sys

import pytest

from specedge.sim import gl

DRAW = (
    "from specedge.sim.room import make_room\n"
    "from specedge.sim.world import World\n"
    "from specedge.errors import SpecedgeError\n"
    "try:\n"
    "    with World(make_room(0)) as world:\n"
    "        print(world.render(64, 36).shape)\n"
    "except SpecedgeError as error:\n"
    "    print(error)\n"
)


def draw(gl_name: str | None) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "MUJOCO_GL"}
    environment.pop("PYOPENGL_PLATFORM", None)
    environment.pop("DISPLAY", None)
    if gl_name is not None:
        environment["MUJOCO_GL"] = gl_name
    result = subprocess.run(
        [sys.executable, "-c", DRAW],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return result.stdout.strip()


def test_a_machine_without_any_gl_library_is_told_what_to_install(monkeypatch):
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr(gl, "_library", lambda name, usual: None)
    with pytest.raises(gl.NoGraphics, match="apt-get install libosmesa6"):
        gl.load_mujoco()


def test_the_world_finds_an_opengl_of_its_own_accord():
    assert draw(None) == "(36, 64, 3)"


def test_a_gl_that_needs_a_display_is_one_clear_line_without_one():
    message = draw("glfw")
    assert "MUJOCO_GL=glfw does not work here" in message
    assert "\n" not in message
