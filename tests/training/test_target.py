from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from specedge.models import nano
from specedge.models.nano import COLUMNS, FRAME_HEIGHT, FRAME_WIDTH, ROWS
from specedge.training.checkpoints import WrongCheckpoint
from specedge.training.dataset import Batch, Frames, NoFrames
from specedge.training.frames import (
    FIRST_HELD_OUT_ROOM,
    DrivenTurn,
    SeenObject,
    make_frames,
    make_shard,
    save_shard,
)
from specedge.training.packing import Packer
from specedge.training.questions import Asker
from specedge.training.recipe import TargetMinutes, train_target
from specedge.training.target import Learner, Schedule, deepen, train


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frames")
    make_shard(folder, [FIRST_HELD_OUT_ROOM, FIRST_HELD_OUT_ROOM + 1])
    return folder


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few frames that show nothing, and took no rendering."""
    folder = tmp_path_factory.mktemp("blank")
    chair = SeenObject("red chair", 400, "red chair: left 25 deg, 2.5 m; turn left 25 deg.")
    frame = np.zeros((FRAME_HEIGHT, FRAME_WIDTH, 3), np.uint8)
    save_shard(folder, "00000", [(frame, np.full((ROWS, COLUMNS), -1), [chair])] * 4)
    return folder


def test_a_shard_is_the_same_each_time(frames: Path, tmp_path: Path) -> None:
    name = make_shard(tmp_path, [FIRST_HELD_OUT_ROOM, FIRST_HELD_OUT_ROOM + 1]) + ".objects.json"
    assert (tmp_path / name).read_bytes() == (frames / name).read_bytes()


def test_a_finished_shard_is_not_made_again(tmp_path: Path) -> None:
    make_frames(tmp_path, range(FIRST_HELD_OUT_ROOM, FIRST_HELD_OUT_ROOM + 1), processes=1)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    make_frames(tmp_path, range(FIRST_HELD_OUT_ROOM, FIRST_HELD_OUT_ROOM + 1), processes=1)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


def test_a_folder_without_frames_is_refused_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(NoFrames, match="specedge train data"):
        Frames(tmp_path)


class PickedFrames(Frames):
    """Frames that remember which of them a batch was made of."""

    picked: np.ndarray

    def batch(self, picks: np.ndarray, *rest: Any) -> Batch:
        self.picked = picks
        return super().batch(picks, *rest)


def test_frames_that_show_something_reached_come_as_often_as_is_asked(frames: Path) -> None:
    data = PickedFrames(frames)
    arrived = {
        index
        for index in range(len(data))
        if any("; done" in item.command for item in data.seen(index)[1])
    }
    assert 0 < len(arrived) < len(data)
    packer = Packer(nano.make_tokenizer())
    batches = data.batches(Asker(0), packer, 8, 1, seed=0, arrived=0.75)
    for _ in range(5):
        next(batches)
        assert len(data.picked) == 8
        assert sum(index in arrived for index in data.picked) >= 6


def test_frames_where_a_model_drove_come_as_often_as_is_asked(frames: Path, tmp_path: Path) -> None:
    plain = Frames(frames)
    nothing, ball = np.full((ROWS, COLUMNS), -1), SeenObject("blue ball", 0, "")
    taken = [(plain.seen(index)[0], nothing, [ball]) for index in range(4)]
    answer = "red chair: not seen in 45 deg; turn left 45 deg."
    turn = DrivenTurn(("red chair",), "", "", answer, wrong=True)
    save_shard(tmp_path, "00000", taken)
    save_shard(tmp_path, "driven-00000", taken, [turn] * len(taken))
    data = PickedFrames(tmp_path)
    batches = data.batches(Asker(0), Packer(nano.make_tokenizer()), 8, 1, seed=0, driven=0.75)
    for _ in range(5):
        assert [len(row) for row in next(batches).asked] == [1] * 8
        assert sum(data.picked >= len(taken)) >= 6


def test_a_deeper_model_says_the_same_at_first() -> None:
    tokenizer = nano.make_tokenizer()
    shallow = nano.make_model(nano.target_config(tokenizer, layers=1), seed=0)
    deep = deepen(shallow, layers=3).eval()
    ids = tokenizer("goal: go to the red chair", return_tensors="pt").input_ids
    with torch.no_grad():
        assert torch.equal(shallow(input_ids=ids).logits, deep(input_ids=ids).logits)


def test_training_learns_and_goes_on_from_its_checkpoint(
    frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = Frames(frames)
    tokenizer = nano.make_tokenizer()
    checkpoint = tmp_path / "learner.pt"
    losses, steps = [], []
    for minutes in (0.15, 0.3):
        learner = Learner(nano.make_model(nano.draft_config(tokenizer), seed=0))
        schedule = Schedule(minutes, learning_rate=2e-3, batch=4, questions=2, warm_up=1)
        train(learner, data, data, schedule, checkpoint, compiled=False)
        words = capsys.readouterr().out.split()
        losses.append(float(words[words.index("loss") + 1]))
        steps.append(int(words[words.index("step") + 1]))
    assert losses[1] < losses[0]
    assert steps[1] > steps[0] > 0


def test_a_checkpoint_is_gone_on_from_by_its_own_training_alone(
    blank: Path, tmp_path: Path
) -> None:
    data = Frames(blank)
    learner = Learner(nano.make_model(nano.draft_config(nano.make_tokenizer()), seed=0))
    schedule = Schedule(minutes=1e-3, batch=2, questions=1)

    def call(schedule: Schedule = schedule, origin: str = "target 1a2b", seed: int = 0) -> int:
        return train(
            learner,
            data,
            data,
            schedule,
            tmp_path / "binding.pt",
            origin=origin,
            seed=seed,
            compiled=False,
        )

    assert call() > 0
    assert call() == 0
    with pytest.raises(WrongCheckpoint, match=r"binding of seed 0 .*not binding of seed 5 "):
        call(seed=5)
    with pytest.raises(WrongCheckpoint, match=r"from target 1a2b, .*from target 3c4d, "):
        call(origin="target 3c4d")
    with pytest.raises(WrongCheckpoint, match=r"batch 2, .*batch 4, "):
        call(replace(schedule, batch=4))


def test_a_target_that_has_nothing_left_to_learn_is_told(
    blank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "target"
    train_target(blank, blank, folder, minutes=TargetMinutes(0, 0, 0, 0), seed=0)
    (said,) = capsys.readouterr().out.splitlines()
    assert said.startswith(f"{folder} was trained before")
    assert f"{folder}-checkpoints" in said
