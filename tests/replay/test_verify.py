"""A recorded run says the same again, or the first difference is shown; motions are explained."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from rosbags.convert.converter import convert

from specedge.replay.decoders import Models
from specedge.replay.errors import ReplayError
from specedge.replay.replay import ReplayRequest, Watcher, replay
from specedge.replay.results import ReplayResult
from specedge.replay.trace_records import Verification
from specedge.replay.verify import OtherModels, verify
from tests.replay.deciding import HashDecoder
from tests.replay.own_run import FRAMES_PER_TURN, GOAL, OwnRun
from tests.replay.writing import ROS2, frames, write_ros2

pytestmark = pytest.mark.usefixtures("hashing")


def verified(path: Path, models: Models | None = None) -> Verification:
    return verify(path, models or Models(), threading.Event(), Watcher())


def replayed(path: Path, folder: Path, **asked: Any) -> ReplayResult:
    folder.mkdir()
    request = ReplayRequest(path, ("cloud",), **asked)
    return replay(request, folder, threading.Event(), Watcher())


def test_a_run_says_the_same_again_with_its_seeds_and_contexts(tmp_path: Path) -> None:
    found = verified(OwnRun(tmp_path / "run").write())

    assert (found.turns, found.same) == (4, 4)
    assert found.passed
    assert found.differences == found.untraced == found.problems == ()


@pytest.mark.parametrize(
    ("storage", "compression", "mode"),
    [("sqlite3", None, ""), ("sqlite3", "zstd", "message"), ("mcap", "zstd", "storage"),
     ("mcap", "zstd", "file"), ("mcap", "zstd", "message")],
)  # fmt: skip
def test_so_does_its_bag_after_a_conversion(
    tmp_path: Path, storage: str, compression: str | None, mode: str
) -> None:
    run = OwnRun(tmp_path / "run").write()
    converted = tmp_path / "converted"
    convert([run / "bag"], converted, storage, 9, compression, mode, None, None, [], [], [], [])

    assert verified(converted).passed


def test_another_text_is_shown_with_its_turn_frame_and_place(tmp_path: Path) -> None:
    changed = "red chair: left 5 deg, 2.5 m; turn left 5 deg; walk 1.9 m."
    found = verified(OwnRun(tmp_path / "run", spoils={3: changed}).write())

    assert not found.passed
    assert found.same == 3
    (difference,) = found.differences
    assert (difference.turn, difference.recorded) == (3, changed)
    assert difference.frame == 3 * FRAMES_PER_TURN - 1
    place = difference.place
    assert difference.replayed[:place] == changed[:place]
    assert difference.replayed[place] != changed[place]


def test_of_a_turn_that_was_cut_short_the_beginning_is_compared(tmp_path: Path) -> None:
    assert verified(OwnRun(tmp_path / "run", turns=1, cut_short=frozenset({1})).write()).passed


def test_each_motion_is_led_back_to_command_tokens_frame_and_clamps(tmp_path: Path) -> None:
    run = OwnRun(tmp_path / "run", turns=2)
    first, second = verified(run.write()).traces

    assert (first.text, second.text) == tuple(run.texts)
    assert (first.frame, second.frame) == (FRAMES_PER_TURN - 1, 2 * FRAMES_PER_TURN - 1)
    assert (second.seed, second.temperature) == (2, 0.5)
    assert (second.last_command, second.last_outcome) == (run.texts[0], "blocked")
    (token,) = first.tokens
    assert (token.text, token.source, token.drafted) == (run.texts[0], "draft", True)
    (motion,) = first.motions
    assert motion.action in first.text
    assert motion.requested == (0.9, 0.0, 0.0)
    assert motion.commanded == (0.5, 0.0, 0.0)
    assert motion.limits == ("speed: 0.9 cut to 0.5",)
    assert first.outcome == "blocked"


def test_a_motion_that_no_command_ordered_fails_the_verification(tmp_path: Path) -> None:
    found = verified(OwnRun(tmp_path / "run", driven={2: "walk 9.0 m"}).write())

    assert not found.passed
    assert found.same == found.turns
    (line,) = found.untraced
    assert line.startswith("turn 2: 'walk 9.0 m' was driven, but its command is")


def test_a_frame_that_is_not_in_the_bag_fails_the_verification(tmp_path: Path) -> None:
    found = verified(OwnRun(tmp_path / "run", drops=frozenset({2})).write())

    assert not found.passed
    assert "turn 2: its frame is not in the bag" in found.untraced


def test_models_other_than_the_recorded_ones_are_refused(tmp_path: Path) -> None:
    run = OwnRun(tmp_path / "run")
    folder = run.write()
    for role in ("target", "draft"):
        (tmp_path / "pair" / role).mkdir(parents=True)
        (tmp_path / "pair" / role / "config.json").write_text("{}")
    run.summarise({"model_fingerprints": {"target": "0" * 64, "draft": None}})

    with pytest.raises(OtherModels, match="is not the target that the run was recorded with"):
        verified(folder, Models(tmp_path / "pair"))


def test_a_bag_of_others_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="no recording that can be verified"):
        verified(write_ros2(tmp_path / "bag", frames(ROS2, 3)))


def test_the_frames_that_a_run_decided_on_are_its_turns(tmp_path: Path) -> None:
    run = OwnRun(tmp_path / "run")
    result = replayed(run.write(), tmp_path / "records")

    records = list(result.frames())
    assert [record.turns[0].text for record in records] == run.texts
    assert [record.frame for record in records] == [4, 9, 14, 19]
    assert [record.seed for record in records] == [1, 2, 3, 4]
    assert all(record.turns[0].agrees == "exact" for record in records)
    (mode,) = result.totals.modes
    assert mode.with_recording.exact == 1.0
    assert result.setup.own_run
    assert result.totals.problems == ()


def test_between_them_other_frames_get_the_context_of_the_next_turn(
    tmp_path: Path, hashing: HashDecoder
) -> None:
    run = OwnRun(tmp_path / "run", turns=2)
    replayed(run.write(), tmp_path / "records", every=3)

    lasts = [context.last_command for context in hashing.contexts]
    assert lasts == ["", "", run.texts[0], run.texts[0]]


def test_with_another_goal_a_recording_is_a_bag_like_any(tmp_path: Path) -> None:
    result = replayed(OwnRun(tmp_path / "run").write(), tmp_path / "records", goal="sit")

    records = list(result.frames())
    assert {record.goal for record in records} == {"sit"}
    assert len(records) == 4 * FRAMES_PER_TURN
    assert not result.setup.own_run


def test_with_its_own_goal_named_it_stays_a_recording(tmp_path: Path) -> None:
    result = replayed(OwnRun(tmp_path / "run").write(), tmp_path / "records", goal=f" {GOAL}\n")

    assert result.setup.own_run
    assert result.totals.frames == 4
