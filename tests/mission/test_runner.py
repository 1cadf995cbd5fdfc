from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager

from specedge.commands import ActionKind
from specedge.mission.news import Spoken
from specedge.mission.runner import MissionRunner
from specedge.mission.settings import MissionSettings
from tests.mission.stage import ObedientLegs, ScriptedDecoder

DONE = "red chair: right 5 deg, 0.6 m; done."


@contextmanager
def running(*lines: str | None) -> Iterator[tuple[MissionRunner, ScriptedDecoder, ObedientLegs]]:
    legs, decoder = ObedientLegs(), ScriptedDecoder(list(lines))
    runner = MissionRunner(decoder, legs, MissionSettings(), clock=time.time)
    legs.frames, legs.motion = runner.frames, runner.motion
    legs.report("ready")
    legs.take_picture()
    runner.start()
    try:
        yield runner, decoder, legs
    finally:
        runner.close()
        assert not runner._thread.is_alive()


def test_a_goal_is_reached_and_the_next_one_too() -> None:
    with running(DONE, DONE) as (runner, _, legs):
        assert legs.wait_for("idle").goal == ""
        first = runner.pursue("go to the red chair")
        assert legs.wait_for("reached").goal_id == first.id
        legs.take_picture()
        second = runner.pursue("go to the red chair")
        assert legs.wait_for("reached").goal_id == second.id
        assert first.id != second.id


def test_a_new_goal_ends_the_one_in_flight_and_stops_the_robot() -> None:
    with running(None, DONE) as (runner, decoder, legs):
        first = runner.pursue("go to the red chair")
        assert decoder.began.wait(10.0)
        second = runner.pursue("go to the blue box")
        assert legs.wait_for("cancelled").goal_id == first.id
        assert legs.wait_for("reached").goal_id == second.id
        stop = legs.commands[0]
        assert stop.goal == first
        assert stop.actions[0].kind is ActionKind.STOP
        turns = [spoken.turn for spoken in legs.commands if spoken.complete]
        assert turns == sorted(set(turns))


def test_a_new_goal_waits_until_the_robot_has_left_off_the_one_before() -> None:
    with running(None, DONE) as (runner, decoder, legs):
        runner.pursue("go to the red chair")
        assert decoder.began.wait(10.0)
        legs.obeys = False
        second = runner.pursue("go to the blue box")
        assert legs.wait_for("waiting_for_robot").goal_id == second.id
        legs.report("ready")
        legs.take_picture()
        assert legs.wait_for("reached", "acting").goal_id == second.id
        assert len(decoder.frames) == 2


def test_cancel_stops_the_robot_before_it_returns() -> None:
    with running(None) as (runner, decoder, legs):
        runner.pursue("go to the red chair")
        assert decoder.began.wait(10.0)
        assert runner.cancel("the user said so")
        assert legs.commands[-1].actions[0].kind is ActionKind.STOP
        assert legs.statuses[-1].detail == "the user said so"
        assert not runner.cancel("again")


def test_closing_stops_what_is_in_flight() -> None:
    with running(None) as (runner, decoder, legs):
        runner.pursue("go to the red chair")
        assert decoder.began.wait(10.0)
    assert legs.commands[-1].actions[0].kind is ActionKind.STOP


class BrokenVoice(ObedientLegs):
    """Can say how it stands, and no command."""

    def command(self, spoken: Spoken) -> None:
        raise RuntimeError("the publisher is gone")


def test_a_voice_that_fails_ends_the_thread_with_notice() -> None:
    legs, failures = BrokenVoice(), queue.SimpleQueue[Exception]()
    runner = MissionRunner(
        ScriptedDecoder([DONE]), legs, MissionSettings(), clock=time.time, on_failure=failures.put
    )
    legs.frames, legs.motion = runner.frames, runner.motion
    legs.report("ready")
    legs.take_picture()
    runner.start()
    runner.pursue("go to the red chair")
    assert str(failures.get(timeout=10.0)) == "the publisher is gone"
    runner.close()
