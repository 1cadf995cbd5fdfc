"""Chooses an off-screen OpenGL before MuJoCo is imported, which fixes it for the process."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from types import ModuleType

from specedge.errors import SpecedgeError

# From the registries of EGL_EXT_platform_device.
_EGL_PLATFORM_DEVICE = 0x313F
_MOST_DEVICES = 16


class NoGraphics(SpecedgeError):
    """This machine has no OpenGL that renders without a display."""


def load_mujoco() -> ModuleType:
    """Imports MuJoCo with an OpenGL that works here, and returns the module.

    A value of MUJOCO_GL that is already in the environment is kept.

    Raises:
        NoGraphics: neither EGL nor OSMesa works.
    """
    if not os.environ.get("MUJOCO_GL"):
        os.environ["MUJOCO_GL"] = _first_that_works()
    try:
        import mujoco
        import mujoco.renderer
    except (ImportError, AttributeError, RuntimeError, OSError) as error:
        # PyOpenGL meets a missing library as an attribute of None.
        raise unusable(error) from error
    module: ModuleType = mujoco
    return module


def unusable(error: Exception) -> NoGraphics:
    """Returns what to raise when the chosen OpenGL fails."""
    chosen = os.environ.get("MUJOCO_GL", "")
    return NoGraphics(
        f"OpenGL by MUJOCO_GL={chosen or 'glfw'} does not work here "
        f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason'}); "
        "unset MUJOCO_GL, or apt-get install libosmesa6 and set it to osmesa"
    )


def _first_that_works() -> str:
    if _egl_works():
        return "egl"
    if _library("OSMesa", "libOSMesa.so.8") is not None:
        return "osmesa"
    raise NoGraphics(
        "the simulator needs OpenGL without a display and finds neither EGL nor OSMesa; "
        "install one, on Debian or Ubuntu: apt-get install libosmesa6"
    )


def _library(name: str, usual: str) -> ctypes.CDLL | None:
    for candidate in (usual, ctypes.util.find_library(name)):
        try:
            if candidate:
                return ctypes.CDLL(candidate)
        except OSError:
            continue
    return None


def _egl_works() -> bool:
    """Whether EGL can open one of its devices; the library alone proves nothing."""
    egl = _library("EGL", "libEGL.so.1")
    if egl is None or _library("GL", "libGL.so.1") is None:
        return False
    address = egl.eglGetProcAddress
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    query, display_of = address(b"eglQueryDevicesEXT"), address(b"eglGetPlatformDisplayEXT")
    if not query or not display_of:
        return False
    devices = (ctypes.c_void_p * _MOST_DEVICES)()
    count = ctypes.c_int()
    query_type = ctypes.CFUNCTYPE(
        ctypes.c_uint, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_int)
    )
    if not query_type(query)(_MOST_DEVICES, devices, ctypes.byref(count)):
        return False
    display_type = ctypes.CFUNCTYPE(
        ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p
    )
    egl.eglInitialize.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    for device in devices[: count.value]:
        display = display_type(display_of)(_EGL_PLATFORM_DEVICE, device, None)
        if display and egl.eglInitialize(display, None, None):
            return True
    return False
