"""Frames of a recording: what a robot really saw, in the order in which it saw it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from specedge.bench.decode.frames import View
from specedge.bench.decode.reference import ReferenceTarget
from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.replay.bags import Bag
from specedge.replay.recorded import recorded_turns
from specedge.replay.topics import goal_topic, image_topic
from specedge.replay.turns import Selection, Turns


def bag_views(bag: Path, goal: str, target: ReferenceTarget) -> Iterator[View]:
    """Yields the frames of a bag that become turns.

    Args:
        bag: As `specedge.replay.bags.Bag` takes it.
        goal: The sentence to obey; empty for those of the bag.
        target: Says what the last command was where the recording does not.

    Raises:
        ReplayError: the bag cannot be read, or has no camera, or no goal and none was given.
    """
    with Bag(bag) as opened:
        images = image_topic(opened.types, opened.counts)
        # Of a run of our own each recorded turn tells its goal; what was decided for that goal
        # says nothing about another one.
        recorded = {} if goal else recorded_turns(opened)
        own = any(turn.context for turn in recorded.values())
        goals = "" if goal or own else goal_topic(opened.types, opened.counts)
        last = Context(goal or "-")
        for frame in Turns(opened, Selection(images, goals, goal), recorded):
            follows = last.goal == frame.goal and last.last_command
            context = frame.context or (last if follows else Context(frame.goal))
            yield frame.jpeg, context
            text = target.decode(frame.jpeg, context, Sampling()).text()
            last = Context(frame.goal, text, "ok")
