from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from specedge.sim.room import PlacedObject, Pose, Room, make_room
from specedge.stack.truth import BadTruth, Moment, judge, path_length, read


@pytest.fixture
def room() -> Room:
    made = make_room(1)
    chair = PlacedObject("chair", "red", 2.0, 0.0, 0.0)
    ball = PlacedObject("ball", "blue", 0.0, 2.0, 0.0)
    return Room(
        seed=1,
        size=(8.0, 8.0),
        objects=(chair, ball),
        start=Pose(0.0, 0.0, 0.0),
        floor=made.floor,
        walls=made.walls,
        floor_pattern=made.floor_pattern,
        wall_pattern=made.wall_pattern,
        light=made.light,
    )


def moment(x: float, y: float, yaw: float, speed: float = 0.0, yaw_rate: float = 0.0) -> Moment:
    return Moment(0.0, Pose(x, y, yaw), speed, yaw_rate, 0)


def test_standing_before_the_named_object_and_facing_it_is_reaching_it(room: Room) -> None:
    judgement = judge(room, moment(1.2, 0.0, 0.0), "red chair")
    assert judgement.reached
    assert judgement.object_reached == "red chair"
    assert judgement.distance == pytest.approx(0.57)


def test_another_object_is_not_the_named_one(room: Room) -> None:
    judgement = judge(room, moment(0.0, 1.2, math.pi / 2), "red chair")
    assert not judgement.reached
    assert judgement.object_reached == "blue ball"


@pytest.mark.parametrize(
    ("where", "why"),
    [
        (moment(0.5, 0.0, 0.0), "too far"),
        (moment(1.2, 0.0, math.radians(30)), "facing elsewhere"),
        (moment(1.2, 0.0, 0.0, speed=0.3), "still walking"),
        (moment(1.2, 0.0, 0.0, yaw_rate=0.5), "still turning"),
    ],
)
def test_reaching_needs_nearness_facing_and_standing_still(
    room: Room, where: Moment, why: str
) -> None:
    assert not judge(room, where, "red chair").reached, why


def test_a_goal_that_names_nothing_is_reached_by_standing_still(room: Room) -> None:
    assert judge(room, moment(0, 0, 0), "").reached
    assert not judge(room, moment(0, 0, 0, speed=0.5), "").reached


def test_an_object_that_the_room_lacks_is_never_reached(room: Room) -> None:
    assert not judge(room, moment(1.2, 0.0, 0.0), "green sofa").reached


def test_the_path_length_adds_up_the_steps() -> None:
    steps = [moment(0, 0, 0), moment(3, 4, 0), moment(3, 5, 0)]
    assert path_length(steps) == pytest.approx(6.0)


def test_a_record_that_was_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    line = {"simulated": 1.0, "x": 0.5, "y": 0.0, "yaw": 0.1, "vx": 3.0, "vy": 4.0, "yaw_rate": 0.0}
    text = json.dumps({**line, "collisions": 2})
    file = tmp_path / "truth.jsonl"
    file.write_text(f'{text}\n{text}\n{{"simulated": 2.')
    moments = read(file)
    assert len(moments) == 2
    assert (moments[0].speed, moments[0].collisions) == (5.0, 2)


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTruth, match=r"truth\.jsonl"):
        read(tmp_path / "truth.jsonl")
