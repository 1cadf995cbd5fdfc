"""The bag in the repository is what docs/bags.md says of it."""

from __future__ import annotations

import json

from specedge.nodes import topics
from specedge.paths import shared
from specedge.replay.bags import Bag
from specedge.replay.recorded import recorded_turns
from specedge.replay.topics import goal_topic, image_topic
from specedge.replay.tracing import Tracer

RUN = shared("bags", "red_chair")
GOAL = "go to the red chair"


def test_it_is_a_whole_recording_of_every_topic() -> None:
    with Bag(RUN) as bag:
        assert bag.types.items() <= topics.TYPES.items()
        assert image_topic(bag.types, bag.counts) == topics.IMAGE
        assert goal_topic(bag.types, bag.counts) == topics.GOAL
        assert sum(1 for _ in bag.messages((topics.IMAGE,))) == bag.counts[topics.IMAGE]
        assert bag.endings() == ()


def test_its_turns_tell_what_they_were_decoded_with() -> None:
    with Bag(RUN) as bag:
        turns = list(recorded_turns(bag).values())
    contexts = [turn.context for turn in turns]
    assert all(context is not None and context.goal == GOAL for context in contexts)
    last = ["", *(turn.command.text for turn in turns[:-1])]
    assert [context.last_command for context in contexts if context is not None] == last
    assert turns[-1].command.text.endswith("done.")


def test_each_of_its_motions_can_be_explained() -> None:
    with Bag(RUN) as bag:
        tracer = Tracer(bag, topics.IMAGE)
        traces = tracer.traces()
    assert tracer.untraced == []
    assert tracer.motions > 0
    decoded = [trace for trace in traces if trace.mode]
    assert all("".join(token.text for token in trace.tokens) == trace.text for trace in decoded)


def test_its_summary_says_that_the_goal_was_reached() -> None:
    summary = json.loads((RUN / "summary.json").read_text())
    assert summary["goal"] == GOAL
    assert summary["reached"] is True
    with Bag(RUN) as bag:
        assert summary["turns"] == len(recorded_turns(bag))
