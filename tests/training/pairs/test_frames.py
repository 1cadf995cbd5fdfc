from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from specedge.commands import Context, parse, user_text
from specedge.models.nano import COLUMNS, FRAME_HEIGHT, FRAME_WIDTH, ROWS
from specedge.training.frames import (
    FIRST_HELD_OUT_ROOM,
    FRAMES_PER_ROOM,
    DrivenTurn,
    SeenObject,
    make_shard,
    save_shard,
)
from specedge.training.pairs.frames import context_of, frame_turns
from specedge.training.pairs.samples import read_samples

GOALS = st.text("abc .,(", min_size=1).filter(str.strip)


@given(GOALS, st.sampled_from(["", "order; sit.", "red chair: not seen in 60 deg; stop."]))
def test_a_context_is_read_back_from_what_a_model_is_told(goal: str, last: str) -> None:
    plain = " ".join(goal.split())
    for outcome in ("ok", "blocked", "refused") if last else ("",):
        context = Context(plain, last, outcome)
        assert context_of(user_text(context)) == context


def test_another_text_is_none() -> None:
    with pytest.raises(ValueError, match="told of a turn"):
        context_of("red chair")


def test_a_driven_frame_is_asked_what_the_model_was_asked_there(tmp_path: Path) -> None:
    frame = np.zeros((FRAME_HEIGHT, FRAME_WIDTH, 3), np.uint8)
    nothing, ball = np.full((ROWS, COLUMNS), -1), SeenObject("blue ball", 0, "")
    taken = [(frame + number, nothing, [ball]) for number in range(4)]
    last = "red chair: not seen in 45 deg; turn left 45 deg."
    answer = "red chair: not seen in 90 deg; turn left 45 deg."
    turn = DrivenTurn(("red chair",), last, "refused", answer, wrong=True)
    for name, turns in (("rooms-0-0", []), ("driven-a", [turn] * 4), ("driven-b", [turn] * 4)):
        save_shard(tmp_path, name, taken, turns)
    turns = list(frame_turns(tmp_path))
    drawn = [turn for turn in turns if turn.course == "rooms-0-0 0"]
    for course in ("driven-a", "driven-b"):
        driven = [turn for turn in turns if turn.course == course]
        assert len(driven) == len(drawn)
        said = [turn for turn in driven if turn.command == answer]
        assert len({turn.frame for turn in said}) == 4
        assert {(turn.context.last_command, turn.context.outcome) for turn in said} == {
            (last, "refused")
        }


@pytest.mark.slow
def test_rendered_frames_become_samples(tmp_path: Path) -> None:
    make_shard(tmp_path, [FIRST_HELD_OUT_ROOM, FIRST_HELD_OUT_ROOM + 1])
    samples = read_samples([tmp_path])
    pictures = {sample.frame for sample in samples}
    assert len(pictures) == 2 * FRAMES_PER_ROOM
    assert len({sample.episode for sample in samples}) == 2
    assert samples == read_samples([tmp_path])
    for sample in samples:
        assert parse(sample.command).text == sample.command
    size = Image.open(io.BytesIO(samples[0].frame)).size
    assert size == (FRAME_WIDTH, FRAME_HEIGHT)
