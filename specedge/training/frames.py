"""Frames from the simulator with what an expert says about each object in them.

A shard N holds frames of many rooms and is named after the seeds of the first and the last of them,
``rooms-1000000-1000124``: ``N.frames.npy`` uint8 [F, FRAME_HEIGHT, FRAME_WIDTH, 3],
``N.cells.npy`` int8 [F, ROWS, COLUMNS] (the object that fills most of each visual token's cell, or
-1) and ``N.objects.json`` (a list of `SeenObject` a frame). Where a model drove there is
``N.turns.json`` too (a `DrivenTurn` a frame). The same seed gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image
from rich.progress import track

from specedge.commands import Sight, render_sight
from specedge.errors import SpecedgeError
from specedge.models.nano import COLUMNS, FRAME_HEIGHT, FRAME_WIDTH, MERGE, PATCH, ROWS
from specedge.sim.camera import CameraMount
from specedge.sim.expert import Expert
from specedge.sim.redecorating import redecorated
from specedge.sim.room import PlacedObject, Pose, Room, make_room, relative
from specedge.sim.world import World

FIRST_TRAINING_ROOM = 1_000_000
FIRST_HELD_OUT_ROOM = 900_000
"""Seeds of rooms; those that demos and tests use lie below both."""
FRAMES_PER_ROOM = 8
FEWEST_PIXELS = 12
"""An object in view has at least so many pixels of a frame."""
RENDERED = (2 * FRAME_WIDTH, 2 * FRAME_HEIGHT)
"""Width and height of the pictures that frames are made of, pixels."""
_MARK = "rooms"
_CELL = PATCH * MERGE
_LEAST_SHARE = 0.06
_CLEARANCE = 0.30
_NEAR, _ARRIVED = 0.45, 0.15
_EMPTY_KEPT = 0.25
# Standard deviations of how a robot's camera sits, and nods with its gait: m, rad and rad.
_RISE, _PITCH, _ROLL = 0.010, 0.022, 0.010


class OldFrames(SpecedgeError):
    """A folder holds frames that an earlier release rendered."""


@dataclass(frozen=True)
class SeenObject:
    """One object of a frame's room.

    Attributes:
        name: Such as ``red chair``.
        pixels: Of the frame that it covers.
        command: What the expert says when this is the goal; empty when it is not in view.
        hidden: What it says when this was in view a command ago and is now ahead, but hidden by
            something; else empty.
        place: Where it then is, or where what is taken for it stands: ``left 5 deg, 2.4 m``.
    """

    name: str
    pixels: int
    command: str
    hidden: str = ""
    place: str = ""

    @property
    def arrived(self) -> bool:
        """Whether the robot stands before it, so that the expert says that it is reached."""
        return "; done" in self.command


@dataclass(frozen=True)
class DrivenTurn:
    """What the model was asked, and should have said.

    Attributes:
        names: What is to be reached, in this order, as it was called.
        last: Text of the command before.
        outcome: How that ended.
        answer: What the expert says.
        wrong: Whether the model said something else.
    """

    names: tuple[str, ...]
    last: str
    outcome: str
    answer: str
    wrong: bool


Taken = tuple[np.ndarray, np.ndarray, list[SeenObject]]
"""A frame, what its cells show, and what an expert says of each object of its room."""


def make_shard(folder: Path, rooms: Sequence[int]) -> str:
    """Renders the frames of some rooms into one shard, and returns its name."""
    name = f"{_MARK}-{rooms[0]}-{rooms[-1]}"
    made: list[Taken] = []
    with World(make_room(rooms[0])) as world:
        for seed in rooms:
            made.extend(_room_frames(world, make_room(seed)))
    save_shard(folder, name, made)
    return name


def save_shard(
    folder: Path, name: str, made: Sequence[Taken], turns: Sequence[DrivenTurn] = ()
) -> None:
    """Writes a shard, with a turn for each frame or none; it is there when its last file is."""
    if turns:
        (folder / f"{name}.turns.json").write_bytes(msgspec.json.encode(turns))
    np.save(folder / f"{name}.frames.npy", np.stack([frame for frame, _, _ in made]))
    np.save(folder / f"{name}.cells.npy", np.stack([cells for _, cells, _ in made]))
    partial = folder / f"{name}.objects.partial"
    partial.write_bytes(msgspec.json.encode([objects for _, _, objects in made]))
    partial.rename(folder / f"{name}.objects.json")


def make_frames(folder: Path, rooms: range, processes: int, size: int = 250) -> None:
    """Renders the frames of rooms, by their seeds, in shards of ``size`` rooms; resumable.

    Raises:
        OldFrames: the folder holds shards that do not say which rooms they are of.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.objects.json"):
        if path.name[0].isdigit():
            raise OldFrames(
                f"{path} is of an earlier release, whose expert was another: remove {folder}, or "
                "give another folder with --out"
            )
    # A process forked from one with threads, as torch and OpenGL have, may wait for ever.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        chunks = unmade(folder, _MARK, rooms, size)
        jobs = [pool.submit(make_shard, folder, chunk) for chunk in chunks]
        for job in track(jobs, description="rendering rooms"):
            job.result()


def unmade(folder: Path, mark: str, rooms: range, size: int) -> list[range]:
    """Returns the rooms, by shards, that no finished one of a folder has.

    Args:
        folder: Of the frames.
        mark: What names of shards begin with; the first and the last room follow.
        rooms, size: All that are wanted, and how many a shard has at most.
    """
    made: set[int] = set()
    for path in folder.glob(f"{mark}-*.objects.json"):
        first, last = path.name.split(".")[0].split("-")[-2:]
        made.update(range(int(first), int(last) + 1))
    left: list[range] = []
    for room in rooms:
        if room in made:
            continue
        if left and left[-1].stop == room and len(left[-1]) < size:
            left[-1] = range(left[-1].start, room + 1)
        else:
            left.append(range(room, room + 1))
    return left


def _room_frames(world: World, room: Room) -> Iterator[Taken]:
    random = np.random.default_rng(room.seed)
    expert = Expert(room)
    made = 0
    while made < FRAMES_PER_ROOM:
        mount = CameraMount(
            rise=float(random.normal(0, _RISE)),
            pitch=float(random.normal(0, _PITCH)),
            roll=float(random.normal(0, _ROLL)),
        )
        world.load(redecorated(room, random), mount)
        pose = _draw_pose(room, random)
        world.place(pose.x, pose.y, pose.yaw)
        shown, counts = segmented(world)
        if counts.max() < FEWEST_PIXELS and random.random() > _EMPTY_KEPT:
            continue
        made += 1
        yield small(world.render(*RENDERED)), cells(shown, len(counts)), seen(expert, pose, counts)


def segmented(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Returns what each pixel of a frame shows, and how many of them show each object."""
    shown = world.segment(FRAME_WIDTH, FRAME_HEIGHT)
    return shown, np.bincount(shown[shown >= 0].ravel(), minlength=len(world.room.objects))


def small(picture: np.ndarray) -> np.ndarray:
    """Returns a picture of `RENDERED` size as a frame, uint8 [FRAME_HEIGHT, FRAME_WIDTH, 3]."""
    size = (FRAME_WIDTH, FRAME_HEIGHT)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def seen(expert: Expert, pose: Pose, counts: np.ndarray) -> list[SeenObject]:
    """Returns what an expert says of each object, of which so many pixels are in view."""
    return [
        _seen(expert, pose, item, int(pixels))
        for item, pixels in zip(expert.room.objects, counts, strict=True)
    ]


def _seen(expert: Expert, pose: Pose, item: PlacedObject, pixels: int) -> SeenObject:
    if pixels >= FEWEST_PIXELS:
        return SeenObject(item.name, pixels, expert.command(pose, item.name, visible=True).text)
    past = expert.past_cover(pose, item.name) if pixels == 0 else None
    if past is None:
        return SeenObject(item.name, pixels, "")
    bearing, distance = relative(pose, item)
    place = render_sight(Sight(item.name, bearing=bearing, distance=distance))
    return SeenObject(item.name, 0, "", past.text, place.partition(": ")[2])


def _draw_pose(room: Room, random: np.random.Generator) -> Pose:
    """A free pose: anywhere, or roughly facing an object, on the way to it or all but there.

    None of them is on an expert's own way: who was pushed, slipped or was wrong learns from the
    same frames how to go on.
    """
    while True:
        half_x, half_y = room.size[0] / 2, room.size[1] / 2
        yaw = float(random.uniform(-math.pi, math.pi))
        share = random.random()
        if share < _NEAR + _ARRIVED:
            item = room.objects[int(random.integers(len(room.objects)))]
            around = float(random.uniform(-math.pi, math.pi))
            # What is decided close by, whether it is reached, takes more examples than its share.
            farthest = 3.0 if share < _NEAR else 0.95
            away = item.radius + float(random.uniform(0.35, farthest))
            x, y = item.x + away * math.cos(around), item.y + away * math.sin(around)
            bearing, _ = relative(Pose(x, y, 0.0), item)
            yaw = bearing - float(random.normal(0, math.radians(18)))
        else:
            x, y = float(random.uniform(-half_x, half_x)), float(random.uniform(-half_y, half_y))
        if float(room.clearance(x, y)) > _CLEARANCE:
            return Pose(x, y, math.remainder(yaw, 2 * math.pi))


def cells(shown: np.ndarray, objects: int) -> np.ndarray:
    """Returns the object that fills most of each visual token's cell, or -1; [ROWS, COLUMNS]."""
    blocks = (
        shown.reshape(ROWS, _CELL, COLUMNS, _CELL).transpose(0, 2, 1, 3).reshape(ROWS, COLUMNS, -1)
    )
    counts = np.stack([(blocks == index).sum(-1) for index in range(objects)], -1)
    largest = counts.argmax(-1)
    filled = counts.max(-1) >= _LEAST_SHARE * _CELL**2
    return np.where(filled, largest, -1).astype(np.int8)
