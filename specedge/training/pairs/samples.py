"""What a pair is trained on: pictures with goals, from bags, frames or a list of files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from specedge.commands import Context
from specedge.errors import SpecedgeError
from specedge.models.frames import FrameError, decode_frame
from specedge.training.pairs.bags import bag_turns
from specedge.training.pairs.frames import frame_turns, is_frames

LIST = "samples.jsonl"
"""One `Listed` sample a line; pictures are named relative to the folder that it lies in."""
HELD_OUT_SHARE = 0.1
"""Of the episodes: what agreement is measured and confidence calibrated on."""


class NoSamples(SpecedgeError):
    """There is too little to train on."""


@dataclass(frozen=True)
class Sample:
    """One turn to learn from.

    Attributes:
        frame: A JPEG or PNG picture.
        context: The goal, the last command and its outcome.
        command: What was answered then; empty when it is not known.
        episode: Samples of one name are much alike, and are held out together.
    """

    frame: bytes
    context: Context
    command: str
    episode: str

    @property
    def key(self) -> str:
        """Hexadecimal digest of what a model is asked and what was answered."""
        digest = hashlib.sha256(self.frame)
        for text in (
            self.context.goal,
            self.context.last_command,
            self.context.outcome,
            self.command,
        ):
            digest.update(text.encode() + b"\0")
        return digest.hexdigest()[:32]


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of `LIST`.

    Attributes:
        image: Picture file.
        goal: The sentence that was to be obeyed.
        last_command, outcome: As in `specedge.commands.Context`.
        command: What was answered; empty when it is not known.
        episode: As in `Sample`; by default each goal is one.
    """

    image: str
    goal: str
    last_command: str = ""
    outcome: str = ""
    command: str = ""
    episode: str = ""


def read_samples(paths: Iterable[Path], every: float = 1.0) -> list[Sample]:
    """Reads all samples of bags and folders.

    Args:
        paths: Bags, run folders, folders of rendered frames, or folders with a `LIST`.
        every: Seconds between samples of a bag that has goals but no commands.

    Raises:
        NoSamples: there are none, or a list cannot be read.
        ReplayError: a bag cannot be read.
    """
    paths = list(paths)
    samples = [sample for path in paths for sample in _samples(path, every)]
    if not samples:
        raise NoSamples(
            f"no samples in {', '.join(map(str, paths))}: a bag needs pictures and goals"
        )
    return samples


def split(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Returns samples to train on and samples held out, by whole episodes; the same each time.

    What an episode begins with decides, not what it is called: a bag may lie elsewhere next time.
    With a single episode its last samples are held out.

    Raises:
        NoSamples: there are fewer than two.
    """
    if len(samples) < 2:
        raise NoSamples(f"{len(samples)} sample: one is trained on, another held out")
    firsts: dict[str, str] = {}
    for sample in samples:
        firsts.setdefault(sample.episode, sample.key)
    marks = sorted(set(firsts.values()))
    if len(marks) == 1:
        count = max(1, round(HELD_OUT_SHARE * len(samples)))
        return list(samples[:-count]), list(samples[-count:])
    unseen = set(marks[: max(1, round(HELD_OUT_SHARE * len(marks)))])
    return (
        [sample for sample in samples if firsts[sample.episode] not in unseen],
        [sample for sample in samples if firsts[sample.episode] in unseen],
    )


def _samples(path: Path, every: float) -> Iterator[Sample]:
    if (path / LIST).is_file():
        yield from _listed(path)
        return
    for turn in frame_turns(path) if is_frames(path) else bag_turns(path, every):
        yield Sample(turn.frame, turn.context, turn.command, f"{path}:{turn.course}")


def _listed(folder: Path) -> Iterator[Sample]:
    lines = (folder / LIST).read_bytes().splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            listed = msgspec.json.decode(line, type=Listed)
            context = Context(listed.goal, listed.last_command, listed.outcome)
            frame = (folder / listed.image).read_bytes()
            decode_frame(frame)
        except (msgspec.MsgspecError, ValueError, OSError, FrameError) as error:
            raise NoSamples(f"{folder / LIST}, line {number}: {error}") from error
        yield Sample(frame, context, listed.command, listed.episode or f"{folder}:{listed.goal}")
