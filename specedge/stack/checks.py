"""Looks, before anything starts, whether a run can come up at all."""

from __future__ import annotations

import ctypes
import json
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from specedge.protocol.endpoint import DEFAULT_ENDPOINT
from specedge.stack.description import Options
from specedge.stack.errors import BadOption

GL_LIBRARIES = {"osmesa": "libOSMesa.so.8", "egl": "libEGL.so.1", "glfw": "libGL.so.1"}
"""The shared library behind each value of MUJOCO_GL."""
WITHOUT_DISPLAY = ("osmesa", "egl")


def check(options: Options) -> None:
    """Checks models, port and graphics of a run.

    Raises:
        BadOption: what is missing or in the way, and the mend.
    """
    check_models(options.model_folder, needs_target=options.verifies_here)
    if options.verifies_here:
        check_port_is_free(options.bind)
    if options.simulated:
        check_graphics()
    elif options.playback is None:
        check_interface(options.network_interface)


def check_models(folder: Path, *, needs_target: bool = True) -> None:
    """Checks that a folder holds a pair of models with one tokenizer."""
    vocabularies = {}
    for role in ("target", "draft") if needs_target else ("draft",):
        if not (folder / role / "config.json").is_file():
            raise BadOption(
                f"{folder} is no model folder: {role}/config.json is missing; give --models a "
                "folder with target/ and draft/, each a Hugging Face model"
            )
        vocabularies[role] = _vocabulary(folder / role)
    if len(vocabularies) == 2 and vocabularies["target"] != vocabularies["draft"]:
        raise BadOption(
            f"draft and target in {folder} have different tokenizers, so the draft's tokens mean "
            "nothing to the target; use two models of one family"
        )


def check_port_is_free(endpoint: str) -> None:
    """Checks that a verifier could listen at a TCP endpoint."""
    parts = urlsplit(endpoint)
    if parts.scheme != "tcp":
        return
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname or port is None:
        raise BadOption(f"{endpoint!r} is no endpoint; for example {DEFAULT_ENDPOINT}")
    host = "" if parts.hostname == "*" else parts.hostname
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadOption(
                f"the verifier cannot listen at {endpoint}: {error.strerror}; is another stack "
                "running? --bind chooses another port"
            ) from None


def check_graphics() -> None:
    """Checks that the library that MuJoCo renders with is there."""
    backend = os.environ.get("MUJOCO_GL", "").lower()
    wanted = (backend,) if backend in GL_LIBRARIES else WITHOUT_DISPLAY
    if not any(map(has_graphics, wanted)):
        raise BadOption(
            f"no GL library to render the simulated camera ({' or '.join(wanted)}); install one: "
            "`apt install libosmesa6` or `apt install libegl1`"
        )


def has_graphics(backend: str) -> bool:
    """Whether the library behind a value of MUJOCO_GL can be loaded; it may still not work."""
    try:
        ctypes.CDLL(GL_LIBRARIES[backend])
    except OSError:
        return False
    return True


def check_interface(name: str) -> None:
    """Checks that a network interface exists."""
    known = [interface for _, interface in socket.if_nameindex()]
    if name not in known:
        raise BadOption(f"no network interface {name!r} on this machine; it has {', '.join(known)}")


def _vocabulary(folder: Path) -> Any:
    file = folder / "tokenizer.json"
    if not file.is_file():
        raise BadOption(f"{folder} is no model folder: tokenizer.json is missing")
    try:
        tokenizer = json.loads(file.read_text())
        added = [(token["id"], token["content"]) for token in tokenizer.get("added_tokens", ())]
        return tokenizer["model"]["vocab"], added
    except (ValueError, KeyError, TypeError) as error:
        raise BadOption(f"{file} is no tokenizer: {error}") from None
