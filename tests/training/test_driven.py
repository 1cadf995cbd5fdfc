from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from specedge.commands import Command, Context, parse
from specedge.models import nano
from specedge.sim.episode import Policy
from specedge.sim.expert import search_command
from specedge.sim.room import make_room
from specedge.sim.world import World
from specedge.training.dataset import Frames
from specedge.training.driven import Watched, differ, drive, drive_frames
from specedge.training.frames import save_shard
from specedge.training.goals import GoalKind, draw_goal
from specedge.training.packing import Packer
from specedge.training.questions import Asker, Form


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(make_room(0)) as world:
        yield world


def driven(world: World, kind: GoalKind, policy: Policy, seed: int = 4) -> Watched:
    watched = Watched(world, draw_goal(kind, seed, held_out=False), policy)
    drive(watched)
    return watched


def always(text: str) -> Policy:
    def policy(frame: np.ndarray, context: Context) -> Command:
        return parse(text)

    return policy


def test_who_always_says_done_comes_where_the_expert_says_it_too(world: World) -> None:
    goal = draw_goal(GoalKind.REACH, 4, held_out=False)
    name = goal.called[0]
    watched = driven(world, GoalKind.REACH, always(f"{name}: left 0 deg, 0.6 m; done."))
    assert len(watched.turns) == len(watched.taken) > 1
    *way, end = watched.turns
    assert all(turn.wrong for turn in way)
    assert end.answer.endswith("; done.")
    assert not end.wrong


def test_a_step_left_out_is_answered_as_the_step_that_is_under_way(world: World) -> None:
    goal = draw_goal(GoalKind.TWO_STEP, 4, held_out=False)
    first, second = goal.called
    watched = driven(world, GoalKind.TWO_STEP, always(f"{second}: left 0 deg, 0.6 m; done."))
    steps = [turn.answer.partition(":")[0] for turn in watched.turns]
    assert steps[0] == first
    assert steps[-1] == second
    assert steps == sorted(steps, key=[first, second].index)


def test_who_says_the_same_again_and_again_is_helped_on(world: World) -> None:
    said = search_command(draw_goal(GoalKind.REACH, 4, held_out=False).called[0]).text
    watched = driven(world, GoalKind.REACH, always(said))
    assert {turn.last for turn in watched.turns} > {"", said}


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        ("left 5 deg, 2.0 m; walk 1.4 m.", "left 0 deg, 2.1 m; walk 1.5 m.", False),
        ("left 5 deg, 2.0 m; walk 1.0 m.", "left 0 deg, 2.1 m; walk 1.5 m.", True),
        ("left 40 deg, 2.0 m; turn left 40 deg.", "not seen in 45 deg; turn left 45 deg.", True),
        ("left 0 deg, 0.6 m; done.", "left 0 deg, 0.6 m; next.", True),
        ("not seen in 90 deg; turn left 45 deg.", "not seen in 45 deg; turn left 45 deg.", True),
    ],
)
def test_what_leads_to_the_same_place_is_the_same(said: str, right: str, wrong: bool) -> None:
    assert differ(parse(f"red chair: {said}"), parse(f"red chair: {right}")) == wrong


def test_a_first_search_may_turn_to_either_side() -> None:
    left = parse("red chair: not seen in 45 deg; turn left 45 deg.")
    right = parse("red chair: not seen in 45 deg; turn right 45 deg.")
    assert differ(left, right)
    assert not differ(left, right, any_side=True)
    assert differ(parse("red chair: left 40 deg, 2.0 m; turn left 40 deg."), right, any_side=True)


@pytest.mark.parametrize("said", ["blue chair: left 0 deg, 0.6 m; done.", "order; done."])
def test_what_is_said_of_another_thing_is_wrong(said: str) -> None:
    assert differ(parse(said), parse("red chair: left 0 deg, 0.6 m; done."))


def test_the_turn_of_a_frame_is_asked_first_and_mirrored_with_it(
    world: World, tmp_path: Path
) -> None:
    goal = draw_goal(GoalKind.TWO_STEP, 4, held_out=False)
    watched = driven(world, GoalKind.TWO_STEP, always(search_command(goal.called[0]).text))
    save_shard(tmp_path, "driven-00000", watched.taken, watched.turns)
    frames, packer = Frames(tmp_path), Packer(nano.make_tokenizer())
    for form in (Form.WHOLE, Form.COMPACT):
        for index, turn in enumerate(watched.turns):
            asked = Asker(7).ask(frames.seen(index)[1], 4, form=form, turn=turn)
            mirrored = Asker(7).ask(frames.seen(index)[1], 4, form=form, turn=turn, flip=True)
            answer = asked[0].question.answer
            assert turn.answer.startswith(answer.removesuffix("not seen"))
            assert mirrored[0].question.answer.count("left") == answer.count("right") or (
                "left 0 deg" in answer
            )
            assert len(asked) <= 4
    wrong = [turn for turn in watched.turns if turn.wrong]
    batch = frames.batch(np.arange(len(frames)), Asker(0), packer, 3)
    assert len(batch.asked) == len(watched.turns) > len(wrong) > 0


@pytest.mark.slow
def test_a_model_drives_and_a_finished_shard_is_not_driven_again(tmp_path: Path) -> None:
    model = Path("models/nano/draft")
    drive_frames(model, tmp_path, range(2), processes=1)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(Frames(tmp_path)) > 0
    drive_frames(model, tmp_path, range(2), processes=1)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
