from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specedge.commands import ActionKind, parse
from specedge.sim.detour import CLEARANCE
from specedge.sim.expert import SPARE, Expert, expert_command, step_under_way
from specedge.sim.objects import COLOURS, KINDS
from specedge.sim.room import PlacedObject, Pose, make_room, relative

CHAIR = PlacedObject("ball", "red", 2.5, 0.0, 0.0)


def said(room, pose, visible=True, last="", name="red ball") -> str:
    return expert_command(room, pose, name, visible, parse(last) if last else None).text


def test_a_free_way_is_walked_straight(furnish):
    assert said(furnish(CHAIR), Pose(0.0, 0.0, 0.0)) == "red ball: left 0 deg, 2.3 m; walk 1.5 m."
    assert (
        said(furnish(CHAIR), Pose(0.0, 0.0, -0.35))
        == "red ball: left 20 deg, 2.3 m; turn left 20 deg; walk 1.5 m."
    )


def test_the_last_walk_ends_at_the_standoff(furnish):
    assert said(furnish(CHAIR), Pose(1.0, 0.0, 0.0)) == "red ball: left 0 deg, 1.3 m; walk 0.7 m."


def test_close_and_facing_is_done(furnish):
    assert said(furnish(CHAIR), Pose(1.65, 0.0, 0.1)) == "red ball: right 5 deg, 0.6 m; done."


def test_close_but_not_facing_turns_to_it(furnish):
    command = said(furnish(CHAIR), Pose(1.65, 0.0, 0.6))
    assert command == "red ball: right 35 deg, 0.6 m; turn right 35 deg."


def test_what_is_far_aside_is_turned_to_before_anything_is_walked(furnish):
    aside = Pose(0.0, 0.0, -0.7)
    assert said(furnish(CHAIR), aside) == "red ball: left 40 deg, 2.3 m; turn left 40 deg."
    room = furnish(CHAIR, PlacedObject("bin", "blue", 1.3, 0.1, 0.0))
    assert said(room, aside) == said(furnish(CHAIR), aside), "what is in the way is seen after it"


def test_what_is_nearly_reached_is_walked_to(furnish):
    assert said(furnish(CHAIR), Pose(1.6, 0.0, 0.0)) == "red ball: left 0 deg, 0.7 m; walk 0.1 m."


def test_what_is_in_the_way_is_passed_in_three_actions(furnish):
    room = furnish(CHAIR, PlacedObject("bin", "blue", 1.3, 0.1, 0.0))
    command = expert_command(room, Pose(0.0, 0.0, 0.0), "red ball", visible=True)
    aside, ahead, back = command.actions
    assert (aside.kind, ahead.kind, back.kind) == (
        ActionKind.TURN,
        ActionKind.WALK,
        ActionKind.TURN,
    )
    assert aside.amount * back.amount < 0
    assert ahead.amount <= 0.7, "it is walked blind"


def test_what_is_passed_is_kept_clear_of_by_more_than_is_needed(furnish):
    obstacle = PlacedObject("bin", "blue", 1.3, 0.1, 0.0)
    room = furnish(CHAIR, obstacle)
    pose, closest = Pose(0.0, 0.0, 0.0), math.inf
    for _ in range(3):
        for action in expert_command(room, pose, "red ball", visible=True).actions:
            ahead = action.amount if action.kind is ActionKind.WALK else 0.0
            yaw = pose.yaw + (action.amount if action.kind is ActionKind.TURN else 0.0)
            along = np.linspace(0.0, ahead, 20)
            x, y = pose.x + along * math.cos(yaw), pose.y + along * math.sin(yaw)
            closest = min(closest, float(obstacle.distance(x, y).min()))
            pose = Pose(float(x[-1]), float(y[-1]), yaw)
    # As far as it can be said in steps of the turn aside, and along cells of 0.1 m.
    assert closest > CLEARANCE + SPARE


def test_no_way_at_all_is_blocked(furnish):
    fence = [
        PlacedObject("sofa", colour, -1.0, y, 0.0) for colour, y in (("red", -1.9), ("blue", 0))
    ]
    room = furnish(CHAIR, *fence, PlacedObject("sofa", "white", -1.0, 1.9, 0.0))
    assert said(room, Pose(-2.2, 0.0, 0.0)).endswith("; cannot: blocked.")


@pytest.mark.parametrize(("y", "blocked"), [(1.05, True), (1.18, False)])
def test_a_way_without_room_to_spare_is_taken_where_there_is_none_else(furnish, y, blocked):
    # Sofas of 1.44 m leave 0.66 or 0.92 m between them, and too little beside them.
    sides = [(-1, "red"), (1, "blue")]
    fence = [PlacedObject("sofa", colour, -1.0, side * y, 0.0) for side, colour in sides]
    beside = [PlacedObject("box", colour, -1.0, side * 2.7, 0.0) for side, colour in sides]
    text = said(furnish(CHAIR, *fence, *beside), Pose(-2.2, 0.5, 0.0))
    assert text.endswith("cannot: blocked.") == blocked


def test_a_search_turns_on_and_gives_up_after_a_whole_turn(furnish):
    room, pose, texts = furnish(), Pose(0.0, 0.0, 0.0), [""]
    for _ in range(9):
        texts.append(said(room, pose, visible=False, last=texts[-1]))
    assert texts[1:] == [
        *(f"red ball: not seen in {angle} deg; turn left 45 deg." for angle in range(45, 405, 45)),
        "red ball: not seen in 360 deg; cannot: not found.",
    ]


@pytest.mark.parametrize(
    ("last", "side"),
    [
        ("red ball: right 40 deg, 2.0 m; walk 1.0 m.", "right"),
        ("red ball: left 20 deg, 2.0 m; turn left 60 deg; walk 1.0 m.", "right"),
        ("red ball: left 20 deg, 2.0 m; turn right 20 deg; walk 1.0 m.", "left"),
        ("red ball: right 40 deg, 2.0 m; turn right 40 deg.", "right"),
        ("red ball: left 40 deg, 2.0 m; turn left 40 deg.", "left"),
        ("red ball: left 0 deg, 2.0 m; walk 1.0 m.", "left"),
        ("red ball: not seen in 45 deg; turn right 45 deg.", "right"),
        ("blue ball: right 40 deg, 2.0 m; walk 1.0 m.", "left"),
    ],
)
def test_a_search_begins_where_the_object_was_last_seen(furnish, last, side):
    command = expert_command(furnish(), Pose(0, 0, 0), "red ball", False, parse(last))
    assert command.text.endswith(f"turn {side} 45 deg.")


def test_what_was_in_view_and_is_hidden_now_is_looked_for_from_beside_its_cover(furnish):
    room = furnish(CHAIR, PlacedObject("sofa", "blue", 1.2, 0.0, 0.0))
    seen = "red ball: left 0 deg, 3.0 m; walk 0.8 m."
    text = said(room, Pose(0.0, 0.0, 0.0), visible=False, last=seen)
    command = parse(text)
    assert text.startswith("red ball: not seen in 0 deg; turn ")
    assert ActionKind.WALK in {action.kind for action in command.actions}
    # From there it is searched as everything else, so that no cover is looked behind for ever.
    again = said(room, Pose(0.0, 0.0, 0.0), visible=False, last=text)
    assert again.startswith("red ball: not seen in 45 deg; turn ")


def test_what_was_in_view_and_is_behind_now_is_searched(furnish):
    seen = "red ball: left 90 deg, 3.0 m; walk 0.8 m."
    text = said(furnish(CHAIR), Pose(0.0, 0.0, 2.5), visible=False, last=seen)
    assert text == "red ball: not seen in 45 deg; turn left 45 deg."


def test_what_was_never_seen_is_not_walked_for(furnish):
    room = furnish(CHAIR, PlacedObject("sofa", "blue", 1.2, 0.0, 0.0))
    assert said(room, Pose(0.0, 0.0, 0.0), visible=False).startswith("red ball: not seen in 45 deg")


def test_a_step_that_others_follow_ends_in_next(furnish):
    expert = Expert(furnish(CHAIR))
    near, far = Pose(1.65, 0.0, 0.0), Pose(0.0, 0.0, 0.0)
    assert expert.command(near, "red ball", True, goes_on=True).text.endswith("0.6 m; next.")
    assert expert.command(far, "red ball", True, goes_on=True).text.endswith("; walk 1.5 m.")


def test_a_kind_alone_names_the_only_one_of_its_kind(furnish):
    room = furnish(CHAIR, PlacedObject("sofa", "blue", -2.0, 0.0, 0.0))
    assert said(room, Pose(1.65, 0.0, 0.0), name="ball") == "ball: left 0 deg, 0.6 m; done."
    two = furnish(CHAIR, PlacedObject("ball", "blue", -2.0, 0.0, 0.0))
    assert two.find("ball") is None


@pytest.mark.parametrize(
    ("last", "step"),
    [
        ("", 0),
        ("blue ball: not seen in 60 deg; turn left 60 deg.", 0),
        ("blue ball: left 0 deg, 0.6 m; next.", 1),
        ("door: not seen in 60 deg; turn left 60 deg.", 1),
        ("door: left 0 deg, 0.6 m; next.", 1),
        ("order; sit.", 0),
    ],
)
def test_the_last_command_says_which_step_is_under_way(last, step):
    assert step_under_way(("blue ball", "door"), parse(last) if last else None) == step


def test_a_search_for_another_object_starts_anew(furnish):
    text = said(
        furnish(), Pose(0, 0, 0), False, "blue ball: not seen in 300 deg; turn left 60 deg."
    )
    assert text.startswith("red ball: not seen in 45 deg")


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 200),
    x=st.floats(-2, 2),
    y=st.floats(-2, 2),
    yaw=st.floats(-math.pi, math.pi),
    visible=st.booleans(),
    name=st.sampled_from([f"{colour} {kind}" for colour in COLOURS for kind in KINDS]),
)
def test_every_command_is_within_the_grammar_and_true(seed, x, y, yaw, visible, name):
    room, pose = make_room(seed), Pose(x, y, yaw)
    for goal in (name, room.objects[0].name):
        command = expert_command(room, pose, goal, visible)
        read = parse(command.text)
        for spoken, meant in zip(read.actions, command.actions, strict=True):
            assert spoken.kind is meant.kind
            assert spoken.amount == pytest.approx(meant.amount)
        sight = read.sight
        assert sight is not None
        index = room.find(goal)
        assert sight.seen == (visible and index is not None)
        if sight.seen:
            bearing, distance = relative(pose, room.objects[index])
            assert sight.distance == pytest.approx(distance, abs=0.051)
            if abs(bearing) < math.pi / 2:
                assert sight.bearing == pytest.approx(bearing, abs=math.radians(2.6))
