from __future__ import annotations

import math
import random

import pytest

from specedge.commands import Action, ActionKind, CommandError, parse
from specedge.sim.episode import expert_policy, run_episode
from specedge.sim.outcome import Ending
from specedge.sim.room import PlacedObject, make_room
from specedge.sim.walking import Walker

FRAME = (98, 56)


@pytest.mark.slow
@pytest.mark.timeout(400)  # 4 s of work, but a busy machine may have little time for it
def test_the_expert_reaches_at_least_57_of_60_objects_without_running_into_anything(world):
    episodes = []
    for seed in range(60):
        room = make_room(seed)
        goal = room.objects[seed % len(room.objects)].name
        policy = expert_policy(world, goal)
        episodes.append(run_episode(world, room, goal, policy, frame_size=FRAME))
    assert sum(episode.success for episode in episodes) >= 57
    assert sum(episode.collisions for episode in episodes) == 0


def test_the_expert_says_that_an_absent_object_is_not_found(world, furnish):
    room = furnish(PlacedObject("ball", "red", 2.0, 0.0, 0.0))
    policy = expert_policy(world, "blue sofa")
    episode = run_episode(world, room, "blue sofa", policy, frame_size=FRAME)
    assert not episode.success
    assert not episode.claimed
    assert episode.commands[-1] == "blue sofa: not seen in 360 deg; cannot: not found."
    assert math.isnan(episode.distance)


def test_stopping_before_another_object_is_no_success(world, furnish):
    room = furnish(
        PlacedObject("ball", "red", 1.0, 0.0, 0.0), PlacedObject("ball", "blue", -2.0, 0.0, 0.0)
    )
    episode = run_episode(
        world,
        room,
        "blue ball",
        lambda frame, context: parse("blue ball: left 0 deg, 0.6 m; walk 0.2 m; done."),
        frame_size=FRAME,
    )
    assert episode.claimed
    assert episode.reached == "red ball"
    assert not episode.success
    assert episode.spl == 0.0


def test_the_expert_reaches_two_things_in_their_order(world, furnish):
    room = furnish(
        PlacedObject("ball", "red", 2.0, 0.0, 0.0), PlacedObject("ball", "blue", -2.0, 0.0, 0.0)
    )
    episode = run_episode(
        world,
        room,
        "blue ball",
        expert_policy(world, "red ball", "blue ball"),
        before=("red ball",),
        frame_size=FRAME,
    )
    assert episode.success
    assert episode.passed == ("red ball",)
    assert [text for text in episode.commands if "; next." in text] == [
        "red ball: left 0 deg, 0.6 m; next."
    ]
    assert episode.shortest > 3.0


def test_the_second_thing_alone_is_no_success(world, furnish):
    room = furnish(
        PlacedObject("ball", "red", -2.0, 0.0, 0.0), PlacedObject("ball", "blue", 0.9, 0.0, 0.0)
    )
    episode = run_episode(
        world,
        room,
        "blue ball",
        lambda frame, context: parse("blue ball: left 0 deg, 0.6 m; done."),
        before=("red ball",),
        frame_size=FRAME,
    )
    assert (episode.reached, episode.claimed, episode.success) == ("blue ball", True, False)


def say_on_the_way_to_both(world, room, *texts):
    """Runs an episode in which these commands are given, whatever is seen."""
    said = iter(texts)
    return run_episode(
        world,
        room,
        "blue ball",
        lambda frame, context: parse(next(said)),
        before=("red ball",),
        frame_size=FRAME,
    )


def test_who_says_next_of_the_last_one_too_has_still_been_everywhere(world, furnish):
    episode = say_on_the_way_to_both(
        world,
        furnish(
            PlacedObject("ball", "red", 1.2, 0.5, 0.0), PlacedObject("ball", "blue", 1.2, -0.1, 0.0)
        ),
        "red ball: left 25 deg, 0.9 m; turn left 25 deg; walk 0.4 m.",
        "red ball: left 0 deg, 0.6 m; next.",
        "blue ball: right 40 deg, 0.7 m; turn right 45 deg.",
        "blue ball: left 0 deg, 0.6 m; next.",
        "blue ball: left 0 deg, 0.6 m; done.",
    )
    assert episode.passed == ("red ball", "blue ball")
    assert episode.success


def test_a_step_that_was_said_to_be_reached_elsewhere_is_no_success(world, furnish):
    episode = say_on_the_way_to_both(
        world,
        furnish(PlacedObject("ball", "blue", 0.9, 0.0, 0.0)),
        "red ball: left 0 deg, 0.6 m; next.",
        "blue ball: left 0 deg, 0.6 m; done.",
    )
    assert episode.passed == ("blue ball",)
    assert not episode.success


def test_an_order_ends_when_it_is_obeyed(world, furnish):
    episode = run_episode(
        world,
        furnish(),
        "",
        lambda frame, context: parse("order; turn left 90 deg; walk 0.5 m."),
        sentence="turn left and walk",
        frame_size=FRAME,
    )
    assert episode.ending is Ending.OBEYED
    assert episode.motion.left == pytest.approx(0.5, abs=0.05)
    assert math.degrees(episode.motion.turned) == pytest.approx(90, abs=3)


def test_an_episode_ends_when_its_time_is_up(world, furnish):
    episode = run_episode(
        world,
        furnish(),
        "red ball",
        lambda frame, context: parse("red ball: not seen in 60 deg; turn left 60 deg."),
        longest=4.0,
        frame_size=FRAME,
    )
    assert episode.ending is Ending.TIME
    assert 4.0 < episode.duration < 8.0


def test_turning_to_and_fro_is_no_look_around(world, furnish):
    world.load(furnish())
    walker = Walker(world)
    for text in ("turn left 90 deg", "turn right 90 deg", "turn left 90 deg"):
        walker.execute(parse(f"order; {text}.").actions[0])
    assert math.degrees(walker.looked) == pytest.approx(90, abs=5)


def test_a_policy_is_told_its_last_command_and_that_it_was_blocked(world, furnish):
    contexts = []

    def policy(frame, context):
        contexts.append(context)
        return parse("red ball: left 0 deg, 5.0 m; walk 2.0 m.")

    room = furnish(size=(5.0, 5.0))
    episode = run_episode(world, room, "red ball", policy, most_turns=3, frame_size=FRAME)
    assert [context.outcome for context in contexts] == ["", "ok", "blocked"]
    assert contexts[1].last_command == "red ball: left 0 deg, 5.0 m; walk 2.0 m."
    assert episode.collisions == 0
    assert episode.turns == 3


def test_without_the_lidar_what_is_in_the_way_is_run_into(world, furnish):
    room = furnish(size=(5.0, 5.0))
    episode = run_episode(
        world,
        room,
        "red ball",
        lambda frame, context: parse("red ball: left 0 deg, 5.0 m; walk 2.0 m."),
        most_turns=3,
        frame_size=FRAME,
        clearance=0.0,
    )
    assert episode.collisions >= 1


@pytest.mark.parametrize("seed", range(5))
def test_wherever_it_is_told_to_walk_a_robot_that_sees_things_runs_into_nothing(world, seed):
    said = random.Random(seed)
    commands = ["walk 2.0 m", "walk 0.7 m", "turn left 120 deg", "turn right 75 deg"]
    episode = run_episode(
        world,
        make_room(seed),
        "red ball",
        lambda frame, context: parse(f"red ball: left 0 deg, 5.0 m; {said.choice(commands)}."),
        most_turns=40,
        frame_size=FRAME,
    )
    assert episode.length > 2.0
    assert episode.collisions == 0


def test_a_policy_that_says_no_command_ends_its_episode(world, furnish):
    def policy(frame, context):
        raise CommandError("nonsense")

    room = furnish(PlacedObject("ball", "red", 2.0, 0.0, 0.0))
    episode = run_episode(world, room, "red ball", policy, frame_size=FRAME)
    assert (episode.turns, episode.claimed, episode.success) == (0, False, False)


@pytest.mark.parametrize(
    ("text", "x", "y", "yaw"),
    [
        ("turn left 90 deg", 0.0, 0.0, math.pi / 2),
        ("turn right 180 deg", 0.0, 0.0, math.pi),
        ("walk 1.5 m", 1.5, 0.0, 0.0),
        ("back 0.5 m", -0.5, 0.0, 0.0),
        ("sidestep right 0.6 m", 0.0, -0.6, 0.0),
        ("look around", 0.0, 0.0, 0.0),
    ],
)
def test_an_action_moves_the_robot_by_its_amount(world, furnish, text, x, y, yaw):
    world.load(furnish())
    (action,) = parse(f"order; {text}.").actions
    assert Walker(world).execute(action)
    assert math.dist((world.pose.x, world.pose.y), (x, y)) < 0.06
    assert abs(math.remainder(world.pose.yaw - yaw, 2 * math.pi)) < math.radians(3)


def test_sitting_and_standing_change_the_height_of_the_camera(world, furnish):
    world.load(furnish())
    walker = Walker(world)
    walker.execute(Action(ActionKind.SIT))
    assert not world.standing
    walker.execute(Action(ActionKind.STAND))
    assert world.standing
