from __future__ import annotations

import itertools
import threading
import time

import pytest

from specedge.commands import ActionKind, Context
from specedge.edge.decoder import VerifierLost, VerifierRefused
from specedge.mission.news import Basis, Frame, Goal, MissionState, MotionNews
from specedge.mission.prefix import VerifiedPrefix
from specedge.mission.pursuit import Pursuit, Surroundings
from specedge.mission.settings import MissionSettingError, MissionSettings
from tests.mission.stage import ObedientLegs, ScriptedDecoder, verified

SEE = "red chair: left 25 deg, 2.5 m; turn left 25 deg; walk 1.5 m."
NEAR = "red chair: left 0 deg, 1.0 m; walk 0.4 m."
DONE = "red chair: right 5 deg, 0.6 m; done."
LOOK = "red chair: not seen in 60 deg; turn right 60 deg."
LOST = "red chair: not seen in 360 deg; cannot: not found."


class Scene:
    def __init__(
        self,
        *lines: str | Exception | None,
        outcomes: dict[str, str] | None = None,
        **settings: float,
    ) -> None:
        self.decoder = ScriptedDecoder(list(lines))
        self.legs = ObedientLegs(outcomes)
        turns = itertools.count(1)
        around = Surroundings(
            self.decoder,
            self.legs.frames,
            self.legs.motion,
            self.legs,
            time.time,
            lambda: next(turns),
        )
        self.pursuit = Pursuit(
            Goal("g", "go to the red chair"),
            around,
            MissionSettings(**settings),  # type: ignore[arg-type]
        )

    def run(self) -> MissionState:
        return self.pursuit.run()

    @property
    def detail(self) -> str:
        return self.legs.statuses[-1].detail


def test_a_goal_is_pursued_until_the_model_says_done() -> None:
    scene = Scene(SEE, NEAR, DONE)
    assert scene.run() is MissionState.REACHED
    complete = [spoken for spoken in scene.legs.commands if spoken.complete]
    assert [spoken.text for spoken in complete] == [SEE, NEAR, DONE]
    assert [spoken.turn for spoken in complete] == [1, 2, 3]
    assert scene.legs.statuses[-1].state is MissionState.REACHED


def test_each_turn_knows_the_last_command_and_how_it_ended() -> None:
    scene = Scene(SEE, DONE, outcomes={SEE: "blocked"})
    scene.run()
    first, second = scene.decoder.contexts
    assert (first.last_command, first.outcome) == ("", "")
    assert (second.last_command, second.outcome) == (SEE, "blocked")


def test_each_turn_looks_at_a_picture_taken_after_the_last_action() -> None:
    scene = Scene(SEE, NEAR, DONE)
    scene.run()
    assert scene.decoder.frames == [b"picture 1", b"picture 2", b"picture 3"]


def test_the_first_action_is_sent_before_the_rest_is_decoded() -> None:
    scene = Scene(SEE, DONE)
    scene.run()
    early, whole = scene.legs.commands[:2]
    assert not early.complete
    assert [action.kind for action in early.actions] == [ActionKind.TURN]
    assert early.text == "red chair: left 25 deg, 2.5 m; turn left 25 deg;"
    assert whole.complete
    assert whole.actions[:1] == early.actions
    assert early.turn == whole.turn


def test_a_direct_order_is_obeyed_once() -> None:
    scene = Scene("order; sit.")
    assert scene.run() is MissionState.REACHED


def test_a_step_that_is_reached_is_no_end_and_the_next_turn_is_told_of_it() -> None:
    step = "red chair: right 5 deg, 0.6 m; next."
    scene = Scene(NEAR, step, "blue ball: left 0 deg, 0.6 m; done.")
    assert scene.run() is MissionState.REACHED
    assert scene.decoder.contexts[-1].last_command == step


def test_an_order_with_a_step_after_it_is_no_end() -> None:
    scene = Scene("order; sit; next.", DONE)
    assert scene.run() is MissionState.REACHED
    assert len(scene.decoder.contexts) == 2


def test_a_step_that_was_stopped_is_tried_again() -> None:
    step = "red chair: right 5 deg, 0.6 m; next."
    scene = Scene(step, DONE, outcomes={step: "stopped"})
    scene.run()
    assert scene.decoder.contexts[-1].outcome == "stopped"


def test_a_goal_that_cannot_be_reached_says_why_and_stops() -> None:
    scene = Scene(LOST)
    assert scene.run() is MissionState.CANNOT
    assert scene.detail == "not found"
    assert scene.legs.commands[-1].actions[0].kind is ActionKind.STOP


def test_a_text_that_is_no_command_stops_the_robot_and_the_turn_is_tried_again() -> None:
    scene = Scene("red chair: left 25 deg, 2.5 m; turn left 25 deg; fly.", DONE)
    assert scene.run() is MissionState.REACHED
    first, stop = scene.legs.commands[:2]
    assert not first.complete
    assert stop.actions[0].kind is ActionKind.STOP
    assert stop.turn > first.turn


def test_a_lost_verifier_stops_the_robot_each_time_and_fails_the_goal_in_the_end() -> None:
    scene = Scene(*[VerifierLost("verifier is gone; start it")] * 5)
    assert scene.run() is MissionState.FAILED
    assert scene.detail == "verifier is gone; start it"
    assert {spoken.actions[0].kind for spoken in scene.legs.commands} == {ActionKind.STOP}


def test_a_verifier_that_is_started_late_is_waited_for() -> None:
    scene = Scene(DONE)
    scene.decoder.unreachable = 20
    assert scene.run() is MissionState.REACHED
    waits = [s for s in scene.legs.statuses if s.state is MissionState.WAITING_FOR_MODELS]
    assert waits[0].detail == "the verifier is silent; is it running?"
    assert len(scene.decoder.contexts) == 1, "a wait is no failed decode"


def test_a_verifier_that_never_comes_fails_the_goal_with_the_reason() -> None:
    scene = Scene(DONE, verifier_patience=0.01)
    scene.decoder.unreachable = 10**9
    assert scene.run() is MissionState.FAILED
    assert scene.detail == "the verifier is silent; is it running?"
    assert scene.decoder.contexts == []


def test_a_verifier_that_refuses_is_not_asked_again() -> None:
    scene = Scene(VerifierRefused("another tokenizer"), DONE)
    assert scene.run() is MissionState.FAILED
    assert len(scene.decoder.contexts) == 1


def test_a_decode_that_is_late_is_void() -> None:
    scene = Scene(None, DONE, decode_limit=0.05)
    assert scene.run() is MissionState.REACHED
    details = [status.detail for status in scene.legs.statuses]
    assert any("no command within" in detail for detail in details)


def test_a_goal_is_given_up_after_so_many_turns() -> None:
    scene = Scene(*[SEE] * 4, turns=4)
    assert scene.run() is MissionState.FAILED
    assert "4 turns" in scene.detail
    assert scene.legs.commands[-1].actions[0].kind is ActionKind.STOP


def test_in_a_circle_commands_are_decided_by_lot() -> None:
    scene = Scene(*[SEE, LOOK] * 3, DONE)
    assert scene.run() is MissionState.REACHED
    temperatures = [
        spoken.basis.temperature
        for spoken in scene.legs.commands
        if spoken.complete and spoken.basis is not None
    ]
    assert temperatures == [0.0] * 4 + [1.0] * 3, "once it looked twice after the same sight"


def test_a_goal_is_given_up_when_the_robot_goes_in_circles() -> None:
    scene = Scene(*[SEE, LOOK] * 4, DONE, repeats=3)
    assert scene.run() is MissionState.FAILED
    assert scene.detail == f"going in circles: {LOOK}"
    assert scene.legs.commands[-1].actions[0].kind is ActionKind.STOP
    assert len(scene.decoder.contexts) == 6


def test_a_command_said_again_after_another_one_is_no_circle() -> None:
    scene = Scene(SEE, LOOK, NEAR, LOOK, SEE, DONE, repeats=2)
    assert scene.run() is MissionState.REACHED


def test_a_silent_camera_is_waited_for_and_then_named() -> None:
    scene = Scene(DONE, frame_patience=0.05)
    scene.legs.frames.put(Frame(b"old", time.time() - 5.0))
    assert scene.run() is MissionState.FAILED
    states = [status.state for status in scene.legs.statuses]
    assert MissionState.WAITING_FOR_CAMERA in states
    assert "camera" in scene.detail
    assert scene.decoder.contexts == []


def test_no_picture_is_taken_before_the_decoder_is_ready() -> None:
    scene = Scene(DONE)
    scene.decoder.missing = "the draft model is being loaded"
    scene.decoder.ready.clear()
    pursuing = threading.Thread(target=scene.run)
    pursuing.start()
    status = scene.legs.wait_for("waiting_for_models")
    assert status.detail == "the draft model is being loaded"
    scene.legs.take_picture()
    scene.decoder.ready.set()
    pursuing.join()
    assert scene.decoder.frames == [b"picture 2"]


def test_a_goal_is_cancelled_while_the_decoder_is_not_ready() -> None:
    scene = Scene(DONE)
    scene.decoder.missing = "the draft model is being loaded"
    scene.decoder.ready.clear()
    states: list[MissionState] = []
    pursuing = threading.Thread(target=lambda: states.append(scene.run()))
    pursuing.start()
    scene.legs.wait_for("waiting_for_models")
    scene.pursuit.cancel()
    pursuing.join()
    assert states == [MissionState.CANCELLED]
    assert scene.decoder.frames == []


def test_a_robot_that_cannot_walk_is_waited_for_and_then_named() -> None:
    scene = Scene(DONE, robot_patience=0.05)
    scene.legs.motion.put(MotionNews(time.time(), "not_ready", reasons=("lies (state 1001)",)))
    assert scene.run() is MissionState.FAILED
    assert "lies" in scene.detail


def test_an_emergency_stop_ends_the_goal() -> None:
    scene = Scene(DONE)
    scene.legs.report("estopped")
    assert scene.run() is MissionState.FAILED
    assert "reset_stop" in scene.detail


@pytest.mark.parametrize("state", ["moving", "taken_over"])
def test_nothing_is_decided_on_a_picture_from_before_the_robot_stood(state: str) -> None:
    scene = Scene(DONE)
    scene.legs.report(state)
    states: list[MissionState] = []
    pursuing = threading.Thread(target=lambda: states.append(scene.run()))
    pursuing.start()
    scene.legs.wait_for("waiting_for_robot")
    scene.legs.take_picture()
    scene.legs.report("ready")
    scene.legs.wait_for("waiting_for_camera")
    scene.legs.take_picture()
    pursuing.join()
    assert states == [MissionState.REACHED]
    assert scene.decoder.frames == [b"picture 3"]


def test_a_camera_whose_clock_is_ahead_is_named() -> None:
    scene = Scene(DONE, frame_patience=0.05)
    scene.legs.frames.put(Frame(b"picture", time.time() + 5.0))
    assert scene.run() is MissionState.FAILED
    assert "synchronise the machines' clocks" in scene.detail


def test_a_motion_controller_that_falls_silent_mid_action_is_noticed() -> None:
    scene = Scene(SEE, motion_silence=0.05, robot_patience=0.05)
    scene.legs.obeys = False
    assert scene.run() is MissionState.FAILED
    assert "motion controller" in scene.detail


def test_after_cancel_nothing_is_said_any_more() -> None:
    scene = Scene(SEE, DONE)
    scene.pursuit.cancel()
    assert scene.run() is MissionState.CANCELLED
    assert scene.legs.commands == []
    assert scene.legs.statuses == []


def test_the_first_action_is_found_whatever_the_tokens_and_their_order_are() -> None:
    prefix = VerifiedPrefix()
    assert prefix.add(verified(0, "red chair", ":", " left 25", " deg,")) is None
    assert prefix.add(verified(6, " walk", " 1.", "5 m", ";")) is None
    action = prefix.add(verified(4, " 2.5 m", ";"))
    assert action is not None
    assert action.amount == 1.5
    assert prefix.add(verified(10, " done", ".")) is None, "it is told once"


def test_a_setting_that_is_no_positive_number_is_refused() -> None:
    with pytest.raises(MissionSettingError, match="frame_age"):
        MissionSettings(frame_age=0.0)


def test_a_command_tells_what_it_was_decoded_with() -> None:
    scene = Scene(SEE, DONE, outcomes={SEE: "blocked"}, seed=40, temperature=0.5)
    scene.run()
    first, second = [spoken.basis for spoken in scene.legs.commands if spoken.complete]
    goal = "go to the red chair"
    assert first == Basis(Context(goal), seed=41, temperature=0.5)
    assert second == Basis(Context(goal, SEE, "blocked"), seed=42, temperature=0.5)


def test_a_stop_that_no_model_ordered_was_decoded_with_nothing() -> None:
    scene = Scene(VerifierLost("gone"), DONE)
    scene.run()
    assert scene.legs.commands[0].basis is None
