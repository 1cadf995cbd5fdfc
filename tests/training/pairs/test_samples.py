from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specedge.commands import Context
from specedge.nodes import topics
from specedge.replay.errors import ReplayError
from specedge.training.pairs.samples import LIST, NoSamples, Sample, read_samples, split
from tests.training.pairs.bag import BagWriter, command, picture


def test_a_turn_of_our_bag_is_its_own_picture_with_what_came_before(tmp_path: Path) -> None:
    frames = [picture("red", place, place) for place in range(4)]
    with BagWriter(tmp_path / "bag") as bag:
        bag.goal("go to the red ball")
        stamps = [bag.picture(frame) for frame in frames]
        bag.turn(stamps[1], "go to the red ball", command("red", 1), "blocked")
        bag.turn(stamps[2], "go to the red ball", command("red", 2))
        bag.turn(stamps[3], "sit", "order; sit.", goal_id="2")
    first, second, third = read_samples([tmp_path / "bag"])
    assert [sample.frame for sample in (first, second, third)] == frames[1:]
    assert first.context == Context("go to the red ball")
    assert second.context == Context("go to the red ball", command("red", 1), "blocked")
    assert third.context == Context("sit")
    assert second.command == command("red", 2)
    assert first.episode == second.episode != third.episode


def test_commands_may_be_plain_texts(tmp_path: Path) -> None:
    types = {
        "/eye": topics.TYPES[topics.IMAGE],
        "/wish": "std_msgs/msg/String",
        "/teacher/command": "std_msgs/msg/String",
    }
    with BagWriter(tmp_path / "bag", types, image="/eye", goal="/wish") as bag:
        bag.goal("go to the blue ball")
        for place in (1, 2):
            bag.picture(picture("blue", place, place))
            bag.text("/teacher/command", command("blue", place))
    first, second = read_samples([tmp_path / "bag"])
    assert (first.command, second.command) == (command("blue", 1), command("blue", 2))
    assert second.context == Context("go to the blue ball", command("blue", 1), "ok")


def test_a_damaged_bag_is_learnt_from_up_to_where_it_ends_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        for number in range(40):
            stamp = bag.picture(picture("red", number % 7, number))
            bag.turn(stamp, "go to the red ball", command("red", number % 7))
    file = next((tmp_path / "bag").glob("*.db3"))
    with file.open("r+b") as content:
        content.truncate(file.stat().st_size // 2)

    samples = read_samples([tmp_path / "bag"])

    assert 0 < len(samples) < 40
    assert "read until" in caplog.text
    assert file.name in caplog.text


def test_turns_with_damaged_pictures_are_left_out_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = picture("red", 0, 0)
    header = whole[: whole.index(b"\xff\xda")]
    frames = [whole, b"", whole[:600], header + b"\xff\xd9", picture("red", 4, 4)]
    with BagWriter(tmp_path / "bag") as bag:
        for number, frame in enumerate(frames):
            stamp = bag.picture(frame)
            bag.turn(stamp, "go to the red ball", command("red", number))
    first, last = read_samples([tmp_path / "bag"])
    assert (first.frame, last.frame) == (frames[0], frames[4])
    assert last.context.last_command == command("red", 3)
    (said,) = caplog.messages
    assert str(tmp_path / "bag") in said
    assert "damaged: 3, the first at 2.100000000: " in said


def test_a_picture_is_taken_as_soon_as_one_is_whole(tmp_path: Path) -> None:
    types = {name: topics.TYPES[name] for name in (topics.IMAGE, topics.GOAL)}
    frames = [b"", picture("red", 1, 1), picture("red", 2, 2)]
    with BagWriter(tmp_path / "bag", types) as bag:
        bag.goal("go to the red ball")
        for frame in frames:
            bag.picture(frame)
    assert [sample.frame for sample in read_samples([tmp_path / "bag"])] == [frames[1]]


def test_without_commands_a_picture_is_taken_now_and_then(tmp_path: Path) -> None:
    types = {name: topics.TYPES[name] for name in (topics.IMAGE, topics.GOAL)}
    with BagWriter(tmp_path / "bag", types) as bag:
        bag.picture(picture("red", 0, 0))  # before there is a goal
        bag.goal("go to the red ball")
        for number in range(20):
            bag.picture(picture("red", number % 7, number), seconds=0.5)
    samples = read_samples([tmp_path / "bag"], every=2.0)
    assert len(samples) == 5
    assert {sample.context for sample in samples} == {Context("go to the red ball")}
    assert not any(sample.command for sample in samples)


def test_a_list_of_pictures_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(picture("red", 3, 0))
    lines = [
        {"image": "a.jpg", "goal": "go to the red ball", "command": command("red", 3)},
        {"image": "a.jpg", "goal": "sit", "last_command": "order; stand.", "outcome": "ok"},
    ]
    (tmp_path / LIST).write_text("\n".join(map(json.dumps, lines)))
    first, second = read_samples([tmp_path])
    assert first.frame == (tmp_path / "a.jpg").read_bytes()
    assert second.context == Context("sit", "order; stand.", "ok")


@pytest.mark.parametrize(
    "line",
    [
        '{"image": "a.jpg"}',
        '{"image": "none.jpg", "goal": "sit"}',
        '{"image": "samples.jsonl", "goal": "sit"}',
        "sit",
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / LIST).write_text(line)
    with pytest.raises(NoSamples, match="line 1"):
        read_samples([tmp_path])


def test_a_folder_with_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError):
        read_samples([tmp_path])


def sample(number: int, episode: str) -> Sample:
    return Sample(bytes([number]), Context("sit"), "", episode)


def test_whole_episodes_are_held_out_and_always_the_same() -> None:
    samples = [sample(number, str(number // 4)) for number in range(80)]
    training, held_out = split(samples)
    assert len(held_out) == 8
    assert {item.episode for item in training}.isdisjoint(item.episode for item in held_out)
    turned = split([*samples[40:], *samples[:40]])[1]
    assert {item.key for item in turned} == {item.key for item in held_out}


def test_where_a_bag_lies_does_not_change_what_is_held_out() -> None:
    samples = [sample(number, str(number // 4)) for number in range(80)]
    moved = [replace(item, episode=f"elsewhere/{item.episode}") for item in samples]
    keys = [[item.key for item in part] for part in split(samples)]
    assert [[item.key for item in part] for part in split(moved)] == keys


def test_of_a_single_episode_the_end_is_held_out() -> None:
    samples = [sample(number, "one") for number in range(20)]
    assert split(samples) == (samples[:18], samples[18:])
    with pytest.raises(NoSamples):
        split(samples[:1])
