"""What the models say within the bench's own process."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from specedge.bench.decode.bag_frames import bag_views
from specedge.bench.decode.errors import BadBench
from specedge.bench.decode.frames import (
    BenchFrame,
    View,
    simulated_views,
    with_reference,
)
from specedge.bench.decode.generate import GenerateBaseline
from specedge.bench.decode.reference import ReferenceTarget, measure
from specedge.commands import Context, parse
from specedge.decoding.draft import DraftEngine
from specedge.emulation.spoil import frame_key
from specedge.models.loading import load_model
from specedge.paths import shared
from tests.decoding import pair
from tests.replay import writing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
GOAL = "go to the red chair"


@pytest.fixture(scope="module")
def target() -> ReferenceTarget:
    return ReferenceTarget(shared("models", "nano", "target"))


@pytest.fixture(scope="module")
def frames(target: ReferenceTarget) -> list[BenchFrame]:
    views = [(pair.frame(seed), Context(GOAL)) for seed in range(3)]
    return with_reference(views, target, 3, temperature=0.0, seed=0)


def test_the_last_command_of_a_simulated_frame_is_the_one_for_the_frame_before(
    target: ReferenceTarget,
) -> None:
    views: list[View] = list(itertools.islice(simulated_views(target, first_room=1), 8))
    frames = with_reference(views, target, 8, temperature=0.0, seed=0)
    texts = [target.loaded.tokenizer.text(list(frame.tokens)) for frame in frames]
    follow = 0
    for text, (before, after) in zip(texts, itertools.pairwise(frames), strict=False):
        if after.context.last_command:
            assert after.context.last_command == text
            assert after.context.goal == before.context.goal
            follow += 1
    assert follow > 0
    assert len({frame.context.goal for frame in frames}) > 1
    assert len({frame.sampling.seed for frame in frames}) == 8


def test_frames_of_a_bag_have_its_goal_and_what_the_target_said_before(
    target: ReferenceTarget, tmp_path: Path
) -> None:
    bag = tmp_path / "bag"
    writing.write_ros2(bag, writing.frames(writing.ROS2, 3))
    views = list(bag_views(bag, "", target))
    assert [context.goal for _, context in views] == [GOAL] * 3
    assert views[0][1].last_command == ""
    assert all(parse(context.last_command) for _, context in views[1:])
    assert {context.goal for _, context in bag_views(bag, "sit down", target)} == {"sit down"}


def test_no_frame_at_all_is_told(target: ReferenceTarget) -> None:
    with pytest.raises(BadBench, match="no frame"):
        with_reference([], target, 3, temperature=0.0, seed=0)


def test_generate_comes_to_the_same_text_with_the_grammar_if_not_without(
    target: ReferenceTarget, frames: list[BenchFrame]
) -> None:
    baseline = GenerateBaseline(target)
    for frame in frames:
        baseline(frame)
    assert all(text.same for text in baseline.texts)
    assert all(0.0 < text.first_token < text.seconds for text in baseline.texts)
    for text, frame in zip(baseline.texts, frames, strict=True):
        assert text.tokens == len(frame.tokens)
        assert text.passes == text.tokens, "only the token that ends the text is a pass of its own"
    masked = [baseline._generate(frame, masked=True) for frame in frames]
    assert all(text.same for text in masked)


def test_costs_are_measured_and_a_draft_that_is_the_target_is_always_right(
    target: ReferenceTarget, frames: list[BenchFrame]
) -> None:
    twin = DraftEngine(target.loaded, target.engine.grammar)
    measured = measure(target, twin, frames)
    assert measured.draft_share == 1.0
    costs = measured.costs
    assert costs.target_prompt > costs.target_pass > 0.0
    assert costs.draft_prompt > costs.draft_step > 0.0
    draft = load_model(shared("models", "nano", "draft"))
    share = measure(target, DraftEngine(draft, target.engine.grammar), frames).draft_share
    assert 0.0 < share < 1.0


def test_the_same_picture_after_another_command_is_another_frame() -> None:
    jpeg = pair.frame(0)
    keys = {
        frame_key(jpeg, context)
        for context in (
            Context(GOAL),
            Context("sit down"),
            Context(GOAL, "order; sit.", "ok"),
            Context(GOAL, "order; sit.", "blocked"),
        )
    }
    assert len(keys) == 4
