"""Frames from the simulator with what an expert says about each object in them.

A shard holds frames of many rooms: ``N.frames.npy`` uint8 [F, FRAME_HEIGHT, FRAME_WIDTH, 3],
``N.cells.npy`` int8 [F, ROWS, COLUMNS] (the object that fills most of each visual token's cell, or
-1) and ``N.objects.json`` (a list of `SeenObject` a frame). The same seed gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image
from rich.progress import track

from specedge.models.nano import COLUMNS, FRAME_HEIGHT, FRAME_WIDTH, MERGE, PATCH, ROWS
from specedge.sim.camera import CameraMount
from specedge.sim.expert import expert_command
from specedge.sim.room import Pose, Room, make_room, relative
from specedge.sim.world import World

FIRST_TRAINING_ROOM = 1_000_000
FIRST_HELD_OUT_ROOM = 900_000
"""Seeds of rooms; those that demos and tests use lie below both."""
FRAMES_PER_ROOM = 8
FEWEST_PIXELS = 12
"""An object in view has at least so many pixels of a frame."""
_RENDERED = (2 * FRAME_WIDTH, 2 * FRAME_HEIGHT)
_CELL = PATCH * MERGE
_LEAST_SHARE = 0.06
_CLEARANCE = 0.30
_NEAR = 0.6
_EMPTY_KEPT = 0.25


@dataclass(frozen=True)
class SeenObject:
    """One object of a frame's room.

    Attributes:
        name: Such as ``red chair``.
        pixels: Of the frame that it covers.
        command: What the expert says when this is the goal; empty when it is not in view.
    """

    name: str
    pixels: int
    command: str


def make_shard(folder: Path, shard: int, rooms: Sequence[int]) -> None:
    """Renders the frames of some rooms into one shard; a finished shard is left as it is."""
    marker = folder / f"{shard:05d}.objects.json"
    if marker.exists():
        return
    frames, cells, objects = [], [], []
    with World(make_room(rooms[0])) as world:
        for seed in rooms:
            for frame, cell, seen in _room_frames(world, make_room(seed)):
                frames.append(frame)
                cells.append(cell)
                objects.append([asdict(item) for item in seen])
    np.save(folder / f"{shard:05d}.frames.npy", np.stack(frames))
    np.save(folder / f"{shard:05d}.cells.npy", np.stack(cells))
    partial = marker.with_suffix(".partial")
    partial.write_bytes(msgspec.json.encode(objects))
    partial.rename(marker)


def make_frames(folder: Path, rooms: int, first_room: int, processes: int, size: int = 250) -> None:
    """Renders the frames of ``rooms`` rooms in shards of ``size`` rooms; resumable."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = list(range(first_room, first_room + rooms))
    chunks = [seeds[start : start + size] for start in range(0, rooms, size)]
    # A process forked from one with threads, as torch and OpenGL have, may wait for ever.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(make_shard, folder, index, chunk) for index, chunk in enumerate(chunks)]
        for job in track(jobs, description="rendering rooms"):
            job.result()


def _room_frames(
    world: World, room: Room
) -> Iterator[tuple[np.ndarray, np.ndarray, list[SeenObject]]]:
    random = np.random.default_rng(room.seed)
    made = 0
    while made < FRAMES_PER_ROOM:
        mount = CameraMount(
            rise=float(random.normal(0, 0.008)),
            pitch=float(random.normal(0, 0.012)),
            roll=float(random.normal(0, 0.008)),
        )
        world.load(room, mount)
        pose = _draw_pose(room, random)
        world.place(pose.x, pose.y, pose.yaw)
        shown = world.segment(FRAME_WIDTH, FRAME_HEIGHT)
        counts = np.bincount(shown[shown >= 0].ravel(), minlength=len(room.objects))
        if counts.max() < FEWEST_PIXELS and random.random() > _EMPTY_KEPT:
            continue
        picture = Image.fromarray(world.render(*_RENDERED))
        frame = np.asarray(picture.resize((FRAME_WIDTH, FRAME_HEIGHT), Image.Resampling.BICUBIC))
        seen = []
        for item, pixels in zip(room.objects, counts, strict=True):
            in_view = pixels >= FEWEST_PIXELS
            command = expert_command(room, pose, item.name, True).text if in_view else ""
            seen.append(SeenObject(item.name, int(pixels), command))
        made += 1
        yield frame, _cells(shown, len(room.objects)), seen


def _draw_pose(room: Room, random: np.random.Generator) -> Pose:
    """A free pose: anywhere, or, as on the way to a goal, near an object and roughly facing it."""
    while True:
        half_x, half_y = room.size[0] / 2, room.size[1] / 2
        yaw = float(random.uniform(-math.pi, math.pi))
        if random.random() < _NEAR:
            item = room.objects[int(random.integers(len(room.objects)))]
            around = float(random.uniform(-math.pi, math.pi))
            away = item.radius + float(random.uniform(0.35, 3.0))
            x, y = item.x + away * math.cos(around), item.y + away * math.sin(around)
            bearing, _ = relative(Pose(x, y, 0.0), item)
            yaw = bearing - float(random.normal(0, math.radians(18)))
        else:
            x, y = float(random.uniform(-half_x, half_x)), float(random.uniform(-half_y, half_y))
        if float(room.clearance(x, y)) > _CLEARANCE:
            return Pose(x, y, math.remainder(yaw, 2 * math.pi))


def _cells(shown: np.ndarray, objects: int) -> np.ndarray:
    blocks = (
        shown.reshape(ROWS, _CELL, COLUMNS, _CELL).transpose(0, 2, 1, 3).reshape(ROWS, COLUMNS, -1)
    )
    counts = np.stack([(blocks == index).sum(-1) for index in range(objects)], -1)
    largest = counts.argmax(-1)
    filled = counts.max(-1) >= _LEAST_SHARE * _CELL**2
    return np.where(filled, largest, -1).astype(np.int8)
