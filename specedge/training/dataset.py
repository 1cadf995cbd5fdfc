"""Shards of frames as batches: pictures, packed questions and what each cell shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor

from specedge.errors import SpecedgeError
from specedge.sim.objects import COLOURS, KINDS
from specedge.training.frames import DrivenTurn, SeenObject
from specedge.training.packing import IGNORED, Packed, Packer
from specedge.training.questions import Asked, Asker

CELL_WORDS: dict[str, tuple[str, ...]] = {
    "colour": tuple(COLOURS),
    "kind": tuple(KINDS),
    "side": (" left", " right"),
    "degrees": tuple(f" {number}" for number in range(0, 95, 5)),
    "metres": tuple(f" {number}" for number in range(10)),
    "decimetres": tuple(str(number) for number in range(10)),
}
"""What each visual token is taught to say of the object in its cell: the words of its sight."""
NOTHING = {"colour": 0, "kind": 0}
"""Class of a cell that shows no object, before the words; of other words nothing is asked there."""

WRONG_WEIGHT = 3.0
"""How much more often a turn is drawn in which the model that drove was wrong."""

_SIGHT = re.compile(r": (left|right) (\d+) deg, (\d)\.(\d) m")


class NoFrames(SpecedgeError):
    """A folder holds no frames."""


@dataclass(frozen=True)
class Batch:
    """Frames [B, H, W, 3] float 0 to 1; classes [B, cells] by `CELL_WORDS`; questions."""

    frames: Tensor
    cells: dict[str, Tensor]
    packed: Packed
    asked: list[list[Asked]]


class Frames:
    """All shards of a folder, mapped rather than read.

    Raises:
        NoFrames: the folder has no finished shard.
    """

    def __init__(self, folder: Path) -> None:
        # Driven ones last: who adds some leaves the places of all others as they were.
        names = sorted(
            (path.name.split(".")[0] for path in folder.glob("*.objects.json")),
            key=lambda name: ((folder / f"{name}.turns.json").exists(), name),
        )
        if not names:
            raise NoFrames(f"{folder} holds no frames; run 'specedge train data' first")
        self._names = names
        self._frames = [np.load(folder / f"{name}.frames.npy", mmap_mode="r") for name in names]
        self._cells = [np.load(folder / f"{name}.cells.npy") for name in names]
        self._objects = [
            msgspec.json.decode(
                (folder / f"{name}.objects.json").read_bytes(), type=list[list[SeenObject]]
            )
            for name in names
        ]
        self._turns = [_turns(folder / f"{name}.turns.json") for name in names]
        self._index = [
            (shard, row) for shard, frames in enumerate(self._frames) for row in range(len(frames))
        ]
        self._arrived = np.array(
            [
                index
                for index, (shard, row) in enumerate(self._index)
                if any(item.arrived for item in self._objects[shard][row])
            ],
            dtype=np.int64,
        )
        driven = [
            (index, WRONG_WEIGHT if self._turns[shard][row].wrong else 1.0)
            for index, (shard, row) in enumerate(self._index)
            if self._turns[shard]
        ]
        self._driven = np.array([index for index, _ in driven], dtype=np.int64)
        self._driven_odds = np.array([weight for _, weight in driven])
        self._driven_odds /= max(self._driven_odds.sum(), 1.0)

    def __len__(self) -> int:
        return len(self._index)

    def seen(self, index: int) -> tuple[np.ndarray, list[SeenObject]]:
        """Returns one frame, uint8 [H, W, 3], with the objects of its room."""
        shard, row = self._index[index]
        return np.asarray(self._frames[shard][row]), self._objects[shard][row]

    def turn(self, index: int) -> DrivenTurn | None:
        """Returns the turn of a frame; None where no model drove."""
        shard, row = self._index[index]
        return self._turns[shard][row] if self._turns[shard] else None

    def place(self, index: int) -> tuple[str, int]:
        """Returns the name of the shard that a frame is in, and its row there."""
        shard, row = self._index[index]
        return self._names[shard], row

    def batch(
        self,
        picks: np.ndarray,
        asker: Asker,
        packer: Packer,
        questions: int,
        augment: np.random.Generator | None = None,
    ) -> Batch:
        """Makes a batch of the picked frames; with a generator, varied and mirrored at random."""
        frames, classes, asked = [], [], []
        form = asker.draws_form()
        for pick in picks:
            shard, row = self._index[pick]
            objects = self._objects[shard][row]
            frame = self._frames[shard][row].astype(np.float32) / 255
            cells = self._cells[shard][row]
            flip = augment is not None and augment.random() < 0.5
            if augment is not None:
                frame = _varied(frame, augment)
            if flip:
                frame, cells = frame[:, ::-1], cells[:, ::-1]
            frames.append(torch.from_numpy(np.ascontiguousarray(frame)))
            classes.append(_classes(cells, objects, flip))
            drawn = asker.ask(objects, questions, form=form, flip=flip, turn=self.turn(pick))
            asked.append(drawn[: packer.fitting([item.question for item in drawn])])
        packed = packer.pack([[item.question for item in row] for row in asked])
        stacked = {
            word: torch.from_numpy(np.stack([rows[word] for rows in classes]))
            for word in CELL_WORDS
        }
        return Batch(torch.stack(frames), stacked, packed, asked)

    def batches(
        self,
        asker: Asker,
        packer: Packer,
        size: int,
        questions: int,
        seed: int,
        arrived: float = 0.0,
        driven: float = 0.0,
    ) -> Iterator[Batch]:
        """Yields shuffled batches without end.

        Args:
            asker, packer: Of the questions.
            size: Frames of a batch.
            questions: Of a frame, at most.
            seed: Of the order.
            arrived: Share of each batch that is drawn from the frames in which something is
                reached, beside those that come by themselves.
            driven: The same of those where a model drove.
        """
        random = np.random.default_rng(seed)
        near = min(round(arrived * size), size - 1) if len(self._arrived) else 0
        own = min(round(driven * size), size - 1 - near) if len(self._driven) else 0
        apart = size - near - own
        while True:
            order = random.permutation(len(self))
            for start in range(0, len(order) - apart + 1, apart):
                picks = [order[start : start + apart]]
                if near:
                    picks.append(random.choice(self._arrived, near))
                if own:
                    picks.append(random.choice(self._driven, own, p=self._driven_odds))
                yield self.batch(np.concatenate(picks), asker, packer, questions, random)


def _turns(file: Path) -> list[DrivenTurn]:
    """The turns of a shard; none where no model drove."""
    return msgspec.json.decode(file.read_bytes(), type=list[DrivenTurn]) if file.exists() else []


def _varied(frame: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Light, white balance, contrast and noise of another camera."""
    gain = random.uniform(0.75, 1.2) * random.uniform(0.94, 1.06, 3).astype(np.float32)
    contrast = np.float32(random.uniform(0.85, 1.15))
    mean = frame.mean()
    noise = random.standard_normal(frame.shape, np.float32) * np.float32(random.uniform(0, 0.02))
    varied: np.ndarray = np.clip(
        ((frame - mean) * contrast + mean) * gain.astype(np.float32) + noise, 0, 1
    )
    return varied.astype(np.float32)


def _classes(cells: np.ndarray, objects: list[SeenObject], flip: bool) -> dict[str, np.ndarray]:
    """Classes [cells] by `CELL_WORDS`; `IGNORED` where nothing is asked."""
    flat = cells.reshape(-1).astype(np.int64)
    classes = {}
    table: dict[str, list[int]] = {word: [] for word in CELL_WORDS}
    for item in objects:
        colour, kind = item.name.split()
        sight = _SIGHT.search(item.command)
        side, degrees, metres, decimetres = sight.groups() if sight else ("left", "-5", "-1", "-1")
        table["colour"].append(list(COLOURS).index(colour) + 1)
        table["kind"].append(list(KINDS).index(kind) + 1)
        table["side"].append(int((side == "right") != flip) if degrees not in ("0", "-5") else -1)
        table["degrees"].append(int(degrees) // 5)
        table["metres"].append(int(metres))
        table["decimetres"].append(int(decimetres))
    for word, values in table.items():
        # The last row is that of cells without an object, whose index is -1.
        found = np.array([*values, NOTHING.get(word, -1)])[flat]
        classes[word] = np.where(found < 0, IGNORED, found)
    return classes
