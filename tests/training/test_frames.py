from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from specedge.commands import ActionKind, parse
from specedge.training.frames import (
    FIRST_HELD_OUT_ROOM,
    FRAMES_PER_ROOM,
    OldFrames,
    SeenObject,
    make_frames,
    make_shard,
    unmade,
)

ROOMS = 6


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[list[SeenObject]]:
    folder = tmp_path_factory.mktemp("frames")
    name = make_shard(folder, range(FIRST_HELD_OUT_ROOM, FIRST_HELD_OUT_ROOM + ROOMS))
    text = (folder / f"{name}.objects.json").read_bytes()
    return msgspec.json.decode(text, type=list[list[SeenObject]])


def test_every_room_gives_as_many_frames(frames: list[list[SeenObject]]) -> None:
    assert len(frames) == ROOMS * FRAMES_PER_ROOM


def test_what_is_in_view_has_a_command_that_says_where(frames: list[list[SeenObject]]) -> None:
    for item in (item for frame in frames for item in frame if item.command):
        sight = parse(item.command).sight
        assert sight is not None
        assert sight.seen
        assert sight.name == item.name
        assert not item.hidden


def test_what_is_hidden_is_walked_past_and_has_a_place(frames: list[list[SeenObject]]) -> None:
    hidden = [item for frame in frames for item in frame if item.hidden]
    assert hidden
    for item in hidden:
        assert item.pixels == 0
        command = parse(item.hidden)
        assert any(action.kind is ActionKind.WALK for action in command.actions)
        parse(f"{item.name}: {item.place}; stop.")


def test_some_frames_show_what_is_reached(frames: list[list[SeenObject]]) -> None:
    assert any(item.command.endswith("; done.") for frame in frames for item in frame)


def test_frames_of_earlier_releases_are_read() -> None:
    old = b'{"name":"red ball","pixels":0,"command":""}'
    assert msgspec.json.decode(old, type=SeenObject) == SeenObject("red ball", 0, "")


def test_only_rooms_of_which_there_is_no_finished_shard_are_left(tmp_path: Path) -> None:
    for name in ("new-00000-00009", "new-00020-00023", "old-00010-00019"):
        (tmp_path / f"driven-{name}.objects.json").touch()
    left = [range(10, 20), range(24, 34), range(34, 35)]
    assert unmade(tmp_path, "driven-new", range(35), 10) == left
    assert unmade(tmp_path, "driven-new", range(22), 10) == left[:1]
    assert unmade(tmp_path, "driven-new", range(5, 15), 10) == [range(10, 15)]


def test_frames_of_an_earlier_release_are_not_added_to(tmp_path: Path) -> None:
    (tmp_path / "00003.objects.json").touch()
    with pytest.raises(OldFrames, match=r"00003.* --out"):
        make_frames(tmp_path, range(FIRST_HELD_OUT_ROOM, FIRST_HELD_OUT_ROOM + 1), processes=1)
