"""A bag of any origin becomes turns, records and sums; what cannot be a turn is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rosbags.rosbag2 import Writer as Ros2Writer

from specedge.commands import Context
from specedge.edge.decoder import Decoder, VerifierLost
from specedge.errors import SpecedgeError
from specedge.replay import replay as module
from specedge.replay.errors import BadImage, WrongTopic
from specedge.replay.records import FrameRecord
from specedge.replay.replay import ReplayRequest, Watcher, replay
from specedge.replay.results import ReplayResult, write_json
from specedge.replay.runner import Pace
from tests.replay.deciding import HashDecoder, command_for
from tests.replay.writing import (
    GOAL,
    IMAGE,
    ROS1,
    ROS2,
    SECOND,
    compressed,
    frames,
    goal,
    picture,
    raw,
    write_ros1,
    write_ros2,
)

THE_GOAL = "go to the red chair"


class Stage:
    """Replays bags with decoders that need no models."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.decoders: dict[str, HashDecoder] = {"cloud": HashDecoder()}
        self.cancel = threading.Event()
        self._folder = tmp_path

        @contextmanager
        def opened(modes: tuple[str, ...], _: object) -> Iterator[Mapping[str, Decoder]]:
            yield {mode: self.decoders[mode] for mode in modes}

        monkeypatch.setattr(module, "open_decoders", opened)

    def replay(self, bag: Path, **asked: Any) -> ReplayResult:
        request = ReplayRequest(bag, tuple(self.decoders), **asked)
        return replay(request, self._folder, self.cancel, Watcher())

    def frames(self, bag: Path, **asked: Any) -> list[FrameRecord]:
        return list(self.replay(bag, **asked).frames())


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def test_every_frame_is_decoded_with_the_goal_and_the_last_command(
    stage: Stage, tmp_path: Path
) -> None:
    records = stage.frames(write_ros2(tmp_path / "bag", frames(ROS2, 3)))

    assert [record.frame for record in records] == [0, 1, 2]
    assert [record.stamp for record in records] == [0.1, 0.2, 0.3]
    context = Context(THE_GOAL)
    for index, record in enumerate(records):
        expected = command_for(picture(index), context)
        assert record.turns[0].text == expected
        assert Context(record.goal, record.last_command, record.outcome) == context
        context = Context(THE_GOAL, expected, "ok")


def test_a_ros1_bag_gives_the_same_texts_as_a_rosbag2(stage: Stage, tmp_path: Path) -> None:
    new = stage.frames(write_ros2(tmp_path / "bag", frames(ROS2, 5)))
    old = stage.frames(write_ros1(tmp_path / "old.bag", frames(ROS1, 5)))

    assert [frame.turns[0].text for frame in old] == [frame.turns[0].text for frame in new]


def test_a_new_goal_in_the_bag_begins_without_a_last_command(stage: Stage, tmp_path: Path) -> None:
    messages = frames(ROS2, 3)
    messages.insert(2, (GOAL, messages[2][1] - 1, goal(ROS2, "find  the\nplant")))

    records = stage.frames(write_ros2(tmp_path / "bag", messages))

    assert [record.goal for record in records] == [THE_GOAL, "find the plant", "find the plant"]
    assert [bool(record.last_command) for record in records] == [False, False, True]


def test_frames_before_the_first_goal_are_counted_and_left_out(
    stage: Stage, tmp_path: Path
) -> None:
    first, *rest = frames(ROS2, 4)
    late_goal = (first[0], rest[1][1] + 1, first[2])
    bag = write_ros2(tmp_path / "bag", [*rest[:2], late_goal, *rest[2:]])

    result = stage.replay(bag)

    assert [record.frame for record in result.frames()] == [2, 3]
    assert result.totals.skipped == 2


def test_a_goal_that_is_given_replaces_those_of_the_bag(stage: Stage, tmp_path: Path) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 2)[1:])

    records = stage.frames(bag, goal="sit")

    assert [record.goal for record in records] == ["sit", "sit"]


def test_start_duration_and_every_select_images(stage: Stage, tmp_path: Path) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 20))

    records = stage.frames(bag, start=0.5, duration=1.0, every=3)

    assert [record.frame for record in records] == [6, 9, 12]


def test_all_modes_are_compared_on_the_same_context(stage: Stage, tmp_path: Path) -> None:
    stage.decoders = {
        "edge": HashDecoder("another model"),
        "cloud": HashDecoder(),
        "speculative": HashDecoder(),
    }

    result = stage.replay(write_ros2(tmp_path / "bag", frames(ROS2, 6)))

    one, two, three = stage.decoders.values()
    assert one.contexts == two.contexts == three.contexts
    exact = {pair: share.exact for pair, share in result.totals.between_modes.items()}
    assert exact == {"edge/cloud": 0.0, "edge/speculative": 0.0, "cloud/speculative": 1.0}
    assert all(record.modes_agree is False for record in result.frames())


def test_at_the_real_rate_frames_that_come_meanwhile_are_dropped_and_counted(
    stage: Stage, tmp_path: Path
) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 10))
    # Ten frames a second and a quarter of a second for each: two of three come too late.
    stage.decoders = {"cloud": HashDecoder(latency=0.25), "edge": HashDecoder(latency=0.05)}

    result = stage.replay(bag, pace=Pace(rate=1.0))

    slow, fast = result.totals.modes
    assert (slow.turns, slow.late, slow.dropped) == (4, 6, 6)
    assert (fast.turns, fast.late, fast.dropped) == (10, 0, 0)


def test_as_fast_as_possible_every_frame_is_decoded_and_late_ones_are_counted(
    stage: Stage, tmp_path: Path
) -> None:
    stage.decoders = {"cloud": HashDecoder(latency=0.25)}

    (mode,) = stage.replay(write_ros2(tmp_path / "bag", frames(ROS2, 10))).totals.modes

    assert (mode.turns, mode.late, mode.dropped) == (10, 6, 0)


def test_figures_are_those_of_the_decoder(stage: Stage, tmp_path: Path) -> None:
    stage.decoders = {"cloud": HashDecoder(latency=0.2)}

    result = stage.replay(write_ros2(tmp_path / "bag", frames(ROS2, 4)))

    (turn,) = next(result.frames()).turns
    assert (turn.latency_ms, turn.first_action_ms) == (200.0, 100.0)
    assert (turn.split.draft_ms, turn.split.link_ms, turn.split.verify_ms) == (10.0, 20.0, 50.0)
    assert [action.kind for action in turn.actions] == ["turn", "walk"]
    assert [event.kind for event in turn.events] == ["drafted", "verified"]
    (mode,) = result.totals.modes
    assert (mode.tokens, mode.target_passes, mode.bytes_up, mode.bytes_down) == (40, 12, 400, 800)
    assert mode.acceptance == 0.75
    assert mode.exit_agreement == {"1": 0.5}


def test_images_that_are_none_are_counted_and_named_and_the_rest_is_decoded(
    stage: Stage, tmp_path: Path
) -> None:
    messages = frames(ROS2, 5)
    for number, data in ((2, b""), (4, picture()[:-30])):
        stamp = messages[number][1]
        messages[number] = (IMAGE, stamp, compressed(ROS2, stamp, data))

    result = stage.replay(write_ros2(tmp_path / "bag", messages))

    assert [record.frame for record in result.frames()] == [0, 2, 4]
    assert result.totals.unreadable == 2
    assert result.totals.problems[0] == f"{IMAGE}, frame 1: the picture is empty"
    assert result.totals.problems[1].startswith(f"{IMAGE}, frame 3: the JPEG picture breaks off")


def test_a_bag_without_one_usable_image_is_refused_with_topic_and_frame(
    stage: Stage, tmp_path: Path
) -> None:
    odd = raw(SECOND, "rgb8", 0, 0, 0, b"")
    bag = write_ros2(tmp_path / "bag", [(IMAGE, SECOND, odd)])

    with pytest.raises(BadImage, match=f"{IMAGE}, frame 0: the picture is 0x0 pixels"):
        stage.replay(bag, goal="sit")


def test_a_bag_without_a_camera_or_a_goal_is_refused_by_what_it_has(
    stage: Stage, tmp_path: Path
) -> None:
    only_goal = write_ros2(tmp_path / "a", frames(ROS2, 1)[:1])
    only_image = write_ros2(tmp_path / "b", frames(ROS2, 1)[1:])

    with pytest.raises(WrongTopic, match=r"no camera.*/goal \(std_msgs/msg/String\)"):
        stage.replay(only_goal, goal="sit")
    with pytest.raises(WrongTopic, match=r"no goals.*--goal"):
        stage.replay(only_image)


def test_of_several_cameras_one_has_to_be_named(stage: Stage, tmp_path: Path) -> None:
    messages = sorted(
        [*frames(ROS2, 2), *frames(ROS2, 3, "/other")[1:]], key=lambda message: message[1]
    )
    bag = write_ros2(tmp_path / "bag", messages)

    with pytest.raises(WrongTopic, match=f"several cameras: {IMAGE}.*/other.*--image-topic"):
        stage.replay(bag)
    assert len(stage.frames(bag, image_topic="/other")) == 3
    with pytest.raises(WrongTopic, match=f"{GOAL} is of type std_msgs/msg/String"):
        stage.replay(bag, image_topic=GOAL)
    with pytest.raises(WrongTopic, match="no topic /absent"):
        stage.replay(bag, image_topic="/absent")


def test_a_turn_that_fails_is_recorded_and_the_next_is_decoded(
    stage: Stage, tmp_path: Path
) -> None:
    stage.decoders = {"cloud": HashDecoder(fails_at=frozenset({1}))}

    result = stage.replay(write_ros2(tmp_path / "bag", frames(ROS2, 3)))

    assert [bool(record.turns[0].error) for record in result.frames()] == [False, True, False]
    (mode,) = result.totals.modes
    assert (mode.turns, mode.failed) == (2, 1)


def test_a_mode_that_only_fails_ends_the_replay_and_keeps_what_there_was(
    stage: Stage, tmp_path: Path
) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 20))
    stage.decoders = {"cloud": HashDecoder(fails_at=frozenset(range(2, 20)))}

    result = stage.replay(bag)

    assert result.partial
    assert len(list(result.frames())) == 6
    assert result.totals.problems == ("given up: no command for call 6",)

    stage.decoders = {"cloud": HashDecoder(fails_at=frozenset(range(20)))}
    assert stage.replay(bag).partial


def test_a_verifier_that_was_never_there_ends_the_replay_at_once(
    stage: Stage, tmp_path: Path
) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 20))
    stage.decoders = {"cloud": HashDecoder(fails_at=frozenset(range(20)), lost=True)}
    with pytest.raises(VerifierLost, match="call 0"):
        stage.replay(bag)

    stage.decoders = {"cloud": HashDecoder(fails_at=frozenset({1}), lost=True)}
    assert not stage.replay(bag).partial


def test_an_interrupted_replay_leaves_a_valid_partial_result(stage: Stage, tmp_path: Path) -> None:
    def interrupt(call: int) -> None:
        if call == 3:
            stage.cancel.set()

    stage.decoders = {"cloud": HashDecoder(after=interrupt)}
    result = stage.replay(write_ros2(tmp_path / "bag", frames(ROS2, 10)))
    write_json(result, tmp_path / "result.json")

    content = json.loads((tmp_path / "result.json").read_text())
    assert content["partial"] is True
    assert content["totals"]["frames"] == len(content["frames"]) == 4


def test_the_json_has_each_frame_with_the_figures_of_the_first_mode(
    stage: Stage, tmp_path: Path
) -> None:
    stage.decoders = {"cloud": HashDecoder(latency=0.2), "edge": HashDecoder("other")}
    result = stage.replay(write_ros2(tmp_path / "bag", frames(ROS2, 3)))
    write_json(result, tmp_path / "result.json")

    content = json.loads((tmp_path / "result.json").read_text())
    assert content["partial"] is False
    frame = content["frames"][1]
    assert frame["goal"] == THE_GOAL
    assert frame["stamp"] == 0.2
    for name in ("text", "actions", "latency_ms", "acceptance"):
        assert frame[name] == frame["modes"]["cloud"][name]
    assert frame["text"] != frame["modes"]["edge"]["text"]
    assert [mode["mode"] for mode in content["totals"]["modes"]] == ["cloud", "edge"]


def test_pictures_are_read_again_by_their_number(stage: Stage, tmp_path: Path) -> None:
    result = stage.replay(write_ros2(tmp_path / "bag", frames(ROS2, 8)))

    assert list(result.pictures({5, 2})) == [(2, picture(2)), (5, picture(5))]


def test_nonsense_is_refused(stage: Stage, tmp_path: Path) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 2))
    for asked in ({"start": -1.0}, {"duration": 0.0}, {"every": 0}, {"start": float("nan")}):
        with pytest.raises(SpecedgeError, match="--"):
            stage.replay(bag, **asked)
    for pace in ({"rate": -1.0}, {"temperature": float("nan")}, {"seed": -1}):
        with pytest.raises(SpecedgeError, match="--"):
            Pace(**pace)  # type: ignore[arg-type]


def test_a_bag_that_ends_too_early_says_so(stage: Stage, tmp_path: Path) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 4))
    (bag / "metadata.yaml").unlink()

    result = stage.replay(bag)

    assert not result.partial
    assert len(result.totals.problems) == 1
    assert "read until 0.35 s" in result.totals.problems[0]


def test_messages_that_are_not_of_their_type_are_named_with_topic_and_frame(
    stage: Stage, tmp_path: Path
) -> None:
    with Ros2Writer(tmp_path / "bag", version=9) as writer:
        kind = "sensor_msgs/msg/CompressedImage"
        connection = writer.add_connection(IMAGE, kind, typestore=ROS2)
        good = compressed(ROS2, SECOND, picture())
        for number, data in enumerate(
            (b"\x00\x01\x00\x00garbage", bytes(ROS2.serialize_cdr(good, kind)), b"")
        ):
            writer.write(connection, SECOND + number, data)

    result = stage.replay(tmp_path / "bag", goal="sit")

    assert [record.frame for record in result.frames()] == [1]
    assert result.totals.unreadable == 2
    first, last = result.totals.problems
    assert first.startswith(f"{IMAGE}, frame 0: ")
    assert last.startswith(f"{IMAGE}, frame 2: ")
    assert kind in first
