from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specedge.commands import Action, ActionKind
from specedge.motion.orders import Order, Verdict
from specedge.motion.pilot import Pilot, PilotSettings
from specedge.motion.report import PilotState
from specedge.motion.task import Patience
from tests.motion.walker import Clock, Walker, run


def walk(amount: float) -> Action:
    return Action(ActionKind.WALK, amount)


def turn(degrees: float) -> Action:
    return Action(ActionKind.TURN, math.radians(degrees))


def order(
    *actions: Action,
    number: int = 1,
    complete: bool = True,
    goal: str = "a",
    expires: float = math.inf,
    stamp: float = 0.0,
    captured: float = math.nan,
) -> Order:
    """An order; its picture was taken when it is given, unless told otherwise."""
    return Order(goal, number, stamp, captured, expires, actions, complete)


class Bench:
    """A pilot on a hand-stepped robot."""

    def __init__(
        self,
        *,
        code: int = 1013,
        wall: float = math.inf,
        stuck: bool = False,
        **settings: object,
    ) -> None:
        self.clock = Clock()
        self.walker = Walker(self.clock, code=code, wall=wall)
        self.walker.stays_stuck = stuck
        self.pilot = Pilot(self.walker, PilotSettings(**settings))  # type: ignore[arg-type]
        self.outcome = ""
        self.detail = ""
        self.notes: list[str] = []
        self.run(0.1)

    def give(self, given_: Order) -> tuple[Verdict, str]:
        if math.isnan(given_.captured):
            given_ = replace(given_, captured=self.clock.now)
        return self.pilot.order(given_, self.clock.now)

    def run(self, seconds: float, heard: tuple[str, ...] = ()) -> None:
        run(self.pilot, self.walker, seconds, heard=heard)
        self.look()

    def look(self) -> PilotState:
        report = self.pilot.take_report()
        self.finished, self.outcome, self.detail = (
            report.finished_turn,
            report.outcome,
            report.detail,
        )
        self.notes += report.limits
        return report.state

    def finish(self, seconds: float = 60.0, heard: tuple[str, ...] = ()) -> str:
        def finished() -> bool:
            self.look()
            return self.outcome != ""

        assert run(self.pilot, self.walker, seconds, until=finished, heard=heard), "never ended"
        return self.outcome


@pytest.mark.parametrize("degrees", [-180, -90, -5, 5, 25, 60, 120, 175, 180])
def test_a_turn_ends_at_its_angle(degrees: float) -> None:
    bench = Bench()
    bench.give(order(turn(degrees)))
    assert bench.finish() == "ok"
    off = math.degrees(math.remainder(bench.walker.yaw - math.radians(degrees), 2 * math.pi))
    assert abs(off) < 3.0
    assert bench.walker.driven.yaw_rate < 0.08, "the outcome comes when the robot stands"


@pytest.mark.parametrize("amount", [-1.0, -0.1, 0.1, 0.4, 1.5, 2.0])
def test_a_walk_ends_at_its_distance(amount: float) -> None:
    bench = Bench()
    bench.give(order(walk(amount)))
    assert bench.finish() == "ok"
    assert bench.walker.x == pytest.approx(amount, abs=0.05)


def test_a_sidestep_to_the_left_goes_along_positive_y() -> None:
    bench = Bench()
    bench.give(order(Action(ActionKind.SIDESTEP, 0.4)))
    assert bench.finish() == "ok"
    assert bench.walker.y == pytest.approx(0.4, abs=0.05)
    assert bench.walker.x == pytest.approx(0.0, abs=0.01)


def test_looking_around_comes_back_to_where_it_looked() -> None:
    bench = Bench()
    bench.give(order(Action(ActionKind.LOOK_AROUND)))
    assert bench.finish() == "ok"
    assert math.degrees(bench.walker.yaw) == pytest.approx(0.0, abs=4.0)


def test_actions_are_done_in_their_order() -> None:
    bench = Bench()
    bench.give(order(turn(90), walk(1.0)))
    assert bench.finish() == "ok"
    assert bench.walker.y == pytest.approx(1.0, abs=0.06)
    assert abs(bench.walker.x) < 0.08


def test_a_wall_ends_the_command_as_blocked() -> None:
    bench = Bench(wall=0.5)
    bench.give(order(walk(1.5), turn(90)))
    assert bench.finish() == "blocked"
    assert "no progress" in bench.detail
    assert abs(bench.walker.yaw) < 0.1, "what follows a blocked action is not done"


def lidar_bench(wall: float) -> Bench:
    bench = Bench(wall=wall, margin=0.06, silences={"lidar": 0.5})
    bench.walker.scanning = True
    bench.run(0.1)
    return bench


def test_a_walk_towards_what_the_lidar_sees_ends_before_it_as_blocked() -> None:
    bench = lidar_bench(wall=1.5)
    bench.give(order(walk(2.0)))
    assert bench.finish() == "blocked"
    assert 1.5 - bench.walker.x == pytest.approx(0.37 + 0.06, abs=0.02)
    assert bench.walker.driven.x < 0.05
    assert "keeps clear of something ahead" in bench.notes


def test_a_turn_beside_a_wall_is_finished_clear_of_it() -> None:
    wall = 0.28
    bench = lidar_bench(wall=wall)
    bench.walker.yaw = math.pi / 2  # with the wall on its right
    bench.run(0.1)
    bench.give(order(turn(120)))
    gaps = []

    def finished() -> bool:
        walker = bench.walker
        gaps.append(wall - walker.x - 0.20 * abs(math.cos(walker.yaw)) - 0.17)
        return bench.look() is PilotState.READY and bench.outcome != ""

    assert run(bench.pilot, bench.walker, 30.0, until=finished)
    assert bench.outcome == "ok"
    assert min(gaps) > 0.03
    assert bench.walker.x < -0.1, "it went out of the way of its own legs"


def test_a_lidar_that_sees_nothing_at_all_counts_as_silent() -> None:
    bench = lidar_bench(wall=1.5)
    bench.walker.blind = True
    bench.run(0.56)
    bench.give(order(walk(2.0)))
    assert bench.finish() == "stopped"
    assert "lidar" in bench.detail
    assert bench.walker.moves == []


@pytest.mark.parametrize("code", [1001, 1007])
def test_what_a_lying_robot_sees_is_nothing_to_keep_clear_of(code: int) -> None:
    bench = Bench(code=code, stuck=True, wall=0.42, margin=0.06, silences={"lidar": 0.5})
    bench.walker.scanning = True
    bench.run(0.2)
    bench.walker.scanning, bench.walker.code = False, 1013
    bench.run(0.1)
    bench.give(order(walk(0.5)))
    bench.run(0.4)
    assert bench.walker.x > 0.01, "nothing is known of the wall"


def test_a_lidar_that_falls_silent_stops_the_robot() -> None:
    bench = lidar_bench(wall=5.0)
    bench.give(order(walk(2.0)))
    bench.run(1.5)
    assert bench.walker.driven.x > 0.3
    bench.walker.scanning = False
    bench.run(0.56)
    assert bench.walker.wanted.zero
    assert bench.finish() == "stopped"
    assert "lidar" in bench.detail


def test_a_robot_whose_lidar_is_never_heard_does_not_move() -> None:
    bench = Bench(margin=0.06, silences={"lidar": 0.5})
    bench.give(order(walk(1.0)))
    assert bench.finish() == "stopped"
    assert bench.walker.moves == []


def test_a_robot_that_loses_its_place_stands_still() -> None:
    bench = lidar_bench(wall=1.5)
    bench.give(order(walk(2.0)))
    bench.run(1.5)
    assert bench.walker.driven.x > 0.3
    bench.walker.x = math.nan
    bench.run(0.1)
    assert bench.walker.wanted.zero


def test_the_first_action_starts_before_the_rest_is_known() -> None:
    bench = Bench()
    bench.give(order(turn(45), complete=False))
    bench.run(0.5)
    assert bench.walker.yaw > 0.05
    assert bench.give(order(turn(45), walk(0.5)))[0] is Verdict.EXTEND
    assert bench.finish() == "ok"
    assert math.hypot(bench.walker.x, bench.walker.y) == pytest.approx(0.5, abs=0.05)


def test_a_rest_that_never_comes_ends_the_command_as_stopped() -> None:
    bench = Bench(patience=Patience(rest=1.0))
    bench.give(order(turn(10), complete=False))
    assert bench.finish() == "stopped"
    assert "never came" in bench.detail


def test_a_rest_that_takes_the_first_action_back_stops_the_robot() -> None:
    bench = Bench()
    bench.give(order(walk(2.0), complete=False))
    bench.run(1.0)
    verdict, reason = bench.give(order(turn(45), walk(0.5)))
    assert verdict is Verdict.REFUSE
    assert "takes back" in reason
    bench.run(1.0)
    assert bench.walker.driven.x == pytest.approx(0.0, abs=0.01)
    assert bench.outcome == "refused"


def test_a_new_turn_replaces_what_is_done() -> None:
    bench = Bench()
    bench.give(order(walk(2.0)))
    bench.run(1.0)
    bench.give(order(Action(ActionKind.STOP), number=2))
    assert bench.finish(2.0) == "ok"
    assert bench.finished == 2
    assert bench.walker.x < 0.8


def test_a_stale_turn_is_refused_with_its_reason_and_changes_nothing() -> None:
    bench = Bench()
    bench.give(order(walk(0.5), number=5))
    verdict, reason = bench.give(order(turn(90), number=4))
    assert verdict is Verdict.STALE
    assert "older than turn 5" in reason
    assert bench.finish() == "ok"
    assert bench.finished == 5
    assert abs(bench.walker.yaw) < 0.05


def test_a_late_command_of_an_ended_goal_does_not_replace_the_new_one() -> None:
    bench = Bench()
    bench.give(order(walk(0.5), number=3, goal="old", stamp=10.0))
    bench.give(order(turn(90), number=4, goal="new", stamp=11.0))
    assert bench.give(order(walk(0.5), number=3, goal="old", stamp=10.0))[0] is Verdict.STALE


def test_a_vlm_node_that_was_started_again_is_obeyed() -> None:
    bench = Bench()
    bench.give(order(turn(20), number=50, goal="old", stamp=10.0))
    assert bench.finish() == "ok"
    bench.give(order(turn(-20), number=1, goal="new", stamp=20.0))
    bench.look()
    assert bench.outcome == "", "the outcome of the old goal is not the new one's"
    assert bench.finish() == "ok"
    assert bench.finished == 1


def test_a_repeated_command_is_done_once() -> None:
    bench = Bench()
    bench.give(order(turn(30)))
    assert bench.finish() == "ok"
    assert bench.give(order(turn(30)))[0] is Verdict.REPEATED
    bench.run(3.0)
    assert math.degrees(bench.walker.yaw) == pytest.approx(30, abs=3)


def test_an_expired_command_is_not_begun_and_ends_what_it_would_replace() -> None:
    bench = Bench()
    bench.give(order(walk(2.0)))
    bench.run(0.5)
    verdict, reason = bench.give(order(walk(2.0), number=2, expires=bench.clock.now - 0.1))
    assert verdict is Verdict.REFUSE
    assert "too late" in reason
    bench.run(2.0)
    assert bench.outcome == "refused"
    assert bench.walker.x < 0.6
    assert any("too late" in note for note in bench.notes)


def test_a_command_that_expires_while_the_robot_stands_up_is_not_begun() -> None:
    bench = Bench(code=1004, stuck=True)
    bench.give(order(walk(1.0), expires=bench.clock.now + 0.5))
    bench.run(1.0)
    bench.walker.code = 1013
    assert bench.finish() == "refused"
    assert bench.walker.moves == []


@pytest.mark.parametrize(
    "action", [turn(181), walk(2.1), walk(-1.1), Action(ActionKind.SIDESTEP, 1.2)]
)
def test_amounts_outside_the_language_are_refused(action: Action) -> None:
    bench = Bench()
    verdict, reason = bench.give(order(action))
    assert verdict is Verdict.REFUSE
    assert "outside" in reason
    bench.run(1.0)
    assert bench.walker.moves == []


def test_a_lying_robot_is_raised_and_balanced_before_it_walks() -> None:
    bench = Bench(code=1001)
    bench.give(order(walk(0.5)))
    assert bench.finish() == "ok"
    assert [call for call in bench.walker.calls if call != "stop_move"] == [
        "stand_up",
        "balance_stand",
    ]


def test_a_robot_that_was_just_raised_may_ignore_moves_for_a_while() -> None:
    bench = Bench(code=1001)
    bench.run(0.2)
    bench.walker.wall = 0.0
    bench.give(order(walk(0.5)))
    bench.run(5.0)
    assert bench.outcome == ""
    bench.walker.wall = math.inf
    assert bench.finish() == "ok"


def test_an_order_to_sit_that_came_in_time_may_take_longer_than_it_lives() -> None:
    bench = Bench()
    bench.give(order(Action(ActionKind.SIT), expires=bench.clock.now + 1.0))
    assert bench.finish() == "ok"
    assert bench.walker.code == 1007
    bench.outcome = ""
    bench.give(order(Action(ActionKind.STAND), number=2, expires=bench.clock.now + 1.0))
    assert bench.finish() == "ok"
    assert bench.walker.code == 1013


def test_sitting_is_kept_until_a_command_needs_the_legs() -> None:
    bench = Bench()
    bench.give(order(Action(ActionKind.SIT)))
    assert bench.finish() == "ok"
    bench.run(3.0)
    assert bench.walker.code == 1007
    assert bench.look() is PilotState.READY
    bench.give(order(turn(10), number=2))
    bench.outcome = ""
    assert bench.finish() == "ok"
    assert bench.walker.calls.count("rise_sit") == 1


def test_stand_up_is_asked_again_and_then_recovery_stand() -> None:
    bench = Bench(code=1004, stuck=True)
    bench.run(20.0)
    calls = [call for call in bench.walker.calls if call != "stop_move"]
    assert calls == ["stand_up", "stand_up", "recovery_stand", "stand_up"]
    assert bench.look() is PilotState.NOT_READY


SOURCES = {"camera": 0.2, "verifier": 0.3}


@pytest.mark.parametrize("lost", SOURCES)
def test_a_source_that_falls_silent_mid_action_stops_the_robot_and_is_named(lost: str) -> None:
    bench = Bench(silences=SOURCES)
    everything = tuple(SOURCES)
    bench.run(0.1, heard=everything)
    bench.give(order(walk(2.0)))
    bench.run(1.5, heard=everything)
    assert bench.walker.driven.x > 0.3
    others = tuple(source for source in SOURCES if source != lost)
    bench.run(SOURCES[lost] + 0.04, heard=others)
    assert bench.walker.wanted.zero
    assert "stop_move" in bench.walker.calls
    assert bench.finish(3.0, heard=others) == "stopped"
    assert lost in bench.detail


def test_a_short_silence_pauses_the_walk_and_is_not_counted_as_a_stall() -> None:
    bench = Bench(silences={"camera": 0.2})
    bench.run(0.1, heard=("camera",))
    bench.give(order(walk(1.5)))
    bench.run(1.0, heard=("camera",))
    bench.run(0.6)
    assert bench.walker.driven.x == pytest.approx(0.0, abs=0.05)
    assert bench.finish(heard=("camera",)) == "ok"
    assert bench.walker.x == pytest.approx(1.5, abs=0.05)


def test_a_robot_that_stops_reporting_is_stopped_until_it_confirms() -> None:
    bench = Bench()
    bench.give(order(walk(2.0)))
    bench.run(1.0)
    bench.walker.reporting = False
    bench.walker.calls.clear()
    bench.run(2.0)
    assert bench.walker.wanted.zero
    assert bench.walker.calls.count("stop_move") >= 5, "repeated while nothing confirms it"
    bench.walker.reporting = True
    bench.run(0.5)
    bench.walker.calls.clear()
    bench.run(1.0)
    assert bench.walker.calls == []
    assert bench.outcome == "stopped"


def test_after_the_emergency_stop_nothing_moves_until_it_is_reset() -> None:
    bench = Bench()
    bench.give(order(walk(2.0)))
    bench.run(1.0)
    bench.pilot.press_stop("button")
    bench.run(1.0)
    stood = bench.walker.x
    assert bench.outcome == "stopped"
    assert bench.look() is PilotState.EMERGENCY
    bench.give(order(walk(1.0), number=2))
    bench.run(3.0)
    assert bench.walker.x == pytest.approx(stood, abs=0.01)
    assert bench.finished == 2
    assert bench.outcome == "stopped"
    assert bench.pilot.reset_stop()
    bench.run(2.0)
    assert bench.walker.x == pytest.approx(stood, abs=0.01), "a reset starts nothing by itself"
    bench.give(order(walk(0.5), number=3))
    bench.run(2.0)
    assert bench.walker.x == pytest.approx(stood, abs=0.01), "nor does the goal that was stopped"
    assert (bench.finished, bench.outcome) == (3, "refused")
    bench.give(order(walk(0.5), number=4, goal="b"))
    bench.run(4.0)
    assert bench.outcome == "ok"


def test_an_order_without_a_goal_is_obeyed_where_no_goal_was_stopped() -> None:
    bench = Bench()
    bench.pilot.press_stop("button")
    bench.run(0.1)
    bench.pilot.reset_stop()
    bench.give(order(walk(0.5), goal=""))
    assert bench.finish() == "ok"


def test_the_joystick_ends_what_the_model_ordered() -> None:
    bench = Bench()
    bench.give(order(walk(2.0)))
    bench.run(1.0)
    bench.walker.calls.clear()
    bench.pilot.operator_moved(bench.clock.now, "joystick: axis 1 at 0.80")
    bench.run(0.5)
    assert bench.walker.wanted.zero
    assert bench.walker.calls == []
    assert bench.walker.releases == 1, "he is not fought with one stop after another"
    assert (bench.outcome, bench.detail) == ("stopped", "joystick: axis 1 at 0.80")


def test_a_goal_that_the_operator_took_the_robot_from_is_not_carried_on() -> None:
    bench = Bench()
    bench.give(order(walk(2.0)))
    bench.run(1.0)
    bench.pilot.operator_moved(bench.clock.now)
    bench.run(1.0)
    assert bench.look() is PilotState.TAKEN_OVER
    bench.run(4.0)
    assert bench.look() is PilotState.READY
    bench.walker.moves.clear()
    bench.give(order(walk(2.0), number=2))
    bench.run(1.0)
    assert bench.outcome == "refused"
    assert all(velocity.zero for velocity in bench.walker.moves)
    bench.outcome = ""
    bench.give(order(walk(0.5), number=3, goal="b"))
    assert bench.finish() == "ok"
    assert bench.look() is PilotState.READY


def test_an_operator_who_drives_before_any_goal_keeps_nothing_from_it() -> None:
    bench = Bench()
    bench.pilot.operator_moved(bench.clock.now)
    bench.run(0.5)
    assert bench.look() is PilotState.TAKEN_OVER
    bench.run(3.0)
    assert bench.look() is PilotState.READY
    bench.give(order(walk(0.5)))
    assert bench.finish() == "ok"


def test_a_lost_driver_is_a_fault_and_nothing_is_driven() -> None:
    bench = Bench()
    bench.walker.broken = "driver: ended with code 1"
    bench.give(order(walk(1.0)))
    bench.run(2.0)
    assert bench.walker.moves == []
    assert bench.look() is PilotState.FAULTED
    assert bench.outcome == "stopped"
    assert "driver" in bench.detail


def test_a_robot_that_falls_on_its_way_does_not_walk_on() -> None:
    bench = Bench()
    bench.give(order(walk(2.0)))
    bench.run(1.0)
    bench.walker.code = 1001
    assert bench.finish() == "stopped"
    assert bench.walker.x < 1.0


@pytest.mark.parametrize("code", [1001, 1004, 2006, 1007])
def test_a_robot_that_somebody_else_lowers_is_left_alone_until_a_new_goal(code: int) -> None:
    bench = Bench()
    bench.walker.calls.clear()
    bench.walker.code = code
    bench.run(10.0)
    assert bench.look() is PilotState.EMERGENCY
    assert set(bench.walker.calls) <= {"stop_move"}
    assert bench.walker.code == code
    assert bench.pilot.reset_stop()
    bench.run(10.0)
    assert bench.look() is PilotState.READY
    assert bench.walker.code == code
    bench.give(order(walk(0.5), goal="b"))
    assert bench.finish() == "ok"


def test_a_goal_does_not_raise_a_robot_that_somebody_lowered_under_it() -> None:
    bench = Bench()
    bench.give(order(walk(2.0)))
    bench.run(1.0)
    bench.walker.code = 1001
    bench.run(1.0)
    assert bench.outcome == "stopped"
    bench.give(order(walk(1.0), number=2))
    bench.run(10.0)
    assert bench.walker.code == 1001
    assert "somebody else lowered the robot (state 1001)" in bench.detail


def test_a_robot_that_cannot_be_raised_is_left_to_a_person() -> None:
    bench = Bench(code=1111, stuck=True)
    bench.run(120.0)
    assert bench.walker.calls.count("recovery_stand") == 8
    assert bench.look() is PilotState.NOT_READY


def test_what_the_robot_refuses_is_told() -> None:
    bench = Bench(stuck=True, code=1004)
    bench.walker.refusals.append("robot refused stand_up: wrong posture (4206)")
    bench.run(0.1)
    assert "robot refused stand_up: wrong posture (4206)" in bench.notes


def test_a_robot_of_unknown_posture_is_told_nothing() -> None:
    bench = Bench(code=0)
    bench.give(order(walk(0.5)))
    bench.run(40.0)
    assert bench.walker.calls == []
    assert bench.outcome == "blocked"
    assert "firmware 1.1.6" in bench.detail


def test_an_emergency_stop_while_the_robot_rises_ends_that() -> None:
    bench = Bench(code=1004, stuck=True)
    bench.pilot.press_stop("button")
    bench.run(1.0)
    bench.pilot.reset_stop()
    bench.walker.calls.clear()
    bench.run(20.0)
    assert set(bench.walker.calls) <= {"stop_move"}


@pytest.mark.parametrize("code", [1001, 1004, 1007])
def test_a_robot_that_somebody_lowers_while_it_rises_is_not_raised_again(code: int) -> None:
    bench = Bench(code=1002, stuck=True)
    bench.run(0.5)
    bench.walker.calls.clear()
    bench.walker.code = code
    bench.run(20.0)
    assert bench.look() is PilotState.EMERGENCY
    assert set(bench.walker.calls) <= {"stop_move"}


def test_an_operator_who_moves_while_the_robot_rises_ends_that() -> None:
    bench = Bench(code=1004, stuck=True)
    bench.pilot.operator_moved(bench.clock.now, "remote control: buttons")
    bench.run(3.0)
    bench.walker.calls.clear()
    bench.run(20.0)
    assert set(bench.walker.calls) <= {"stop_move"}
    bench.walker.stays_stuck = False
    bench.give(order(walk(0.5)))
    assert bench.finish() == "ok", "an order raises it"


def test_a_robot_that_does_not_stop_has_not_done_as_ordered() -> None:
    bench = Bench()
    bench.walker.runs_on = True
    bench.give(order(walk(0.5)))
    assert bench.finish() == "stopped"
    assert "not seen to stand still" in bench.detail
    bench.run(5.0)
    assert bench.look() is PilotState.MOVING
    bench.walker.runs_on = False
    bench.run(1.0)
    assert bench.look() is PilotState.READY


def test_what_an_old_picture_showed_is_no_ground_to_move() -> None:
    bench = Bench(picture_age=3.0)
    verdict, reason = bench.give(order(walk(1.0), captured=bench.clock.now - 3.1))
    assert (verdict, reason) == (Verdict.REFUSE, "turn 1: its picture is 3.1 s old")
    verdict, _ = bench.give(order(walk(1.0), number=2, captured=bench.clock.now - 2.9))
    assert verdict is Verdict.BEGIN


def test_a_picture_from_the_future_names_the_clocks() -> None:
    bench = Bench()
    verdict, reason = bench.give(order(walk(1.0), captured=bench.clock.now + 1.0))
    assert verdict is Verdict.REFUSE
    assert "synchronise the machines' clocks" in reason
    bench.run(1.0)
    assert bench.walker.moves == []


def test_a_picture_from_before_somebody_drove_the_robot_ends_its_goal() -> None:
    bench = Bench()
    captured = bench.clock.now
    bench.run(0.5)
    bench.pilot.operator_moved(bench.clock.now)
    bench.run(4.0)
    assert bench.give(order(walk(1.0), captured=captured))[0] is Verdict.REFUSE
    verdict, reason = bench.give(order(walk(1.0), number=2))
    assert (verdict, reason) == (Verdict.REFUSE, "its goal was stopped; give it again")
    assert bench.give(order(walk(1.0), number=3, goal="b"))[0] is Verdict.BEGIN


def test_done_and_cannot_leave_a_standing_robot() -> None:
    for action in (
        Action(ActionKind.DONE),
        Action(ActionKind.NEXT),
        Action(ActionKind.CANNOT, reason="not found"),
    ):
        bench = Bench()
        bench.give(order(action))
        assert bench.finish(1.0) == "ok"
        assert bench.walker.moves == []


amounts = st.floats(-3.5, 3.5).filter(lambda value: abs(value) > 1e-3)
actions = st.one_of(
    st.builds(Action, st.just(ActionKind.TURN), amounts),
    st.builds(Action, st.just(ActionKind.WALK), amounts),
    st.builds(Action, st.just(ActionKind.SIDESTEP), amounts),
    st.sampled_from([Action(ActionKind.STOP), Action(ActionKind.SIT), Action(ActionKind.STAND)]),
)
orders = st.builds(
    Order,
    goal_id=st.sampled_from("ab"),
    turn=st.integers(0, 5),
    stamp=st.floats(0, 10),
    expires=st.sampled_from([0.0, 101.0, math.inf, math.nan]),
    actions=st.lists(actions, max_size=4).map(tuple),
    complete=st.booleans(),
)
events = st.one_of(
    orders,
    st.sampled_from(["press", "reset", "joystick", "mute", "unmute", "fall", "fault", "mend"]),
    st.floats(0.02, 1.0),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(events, max_size=15))
def test_no_history_of_orders_and_mishaps_moves_the_robot_past_its_limits(
    history: list[Order | str | float],
) -> None:
    bench = Bench(silences={"camera": 0.2})
    seen = 0
    muted = pressed = False
    for event in history:
        if isinstance(event, Order):
            bench.give(event)
        elif isinstance(event, float):
            bench.run(event, heard=() if muted else ("camera",))
        elif event == "press":
            bench.pilot.press_stop("button")
            pressed = True
        elif event == "reset":
            bench.pilot.reset_stop()
            pressed = False
        elif event == "joystick":
            bench.pilot.operator_moved(bench.clock.now)
        elif event == "fall":
            bench.walker.code = 1001
        elif event in ("mute", "unmute"):
            muted = event == "mute"
        else:
            bench.walker.broken = "driver: lost" if event == "fault" else ""
        for velocity in bench.walker.moves[seen:]:
            assert abs(velocity.x) <= 0.5
            assert abs(velocity.y) <= 0.3
            assert abs(velocity.yaw_rate) <= 0.8
            assert not pressed or velocity.zero
        seen = len(bench.walker.moves)
