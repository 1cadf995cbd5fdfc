from __future__ import annotations

import math

import pytest

from specedge.motion.estop import EmergencyStop
from specedge.motion.watchdog import Watchdog, WatchdogError


def test_a_source_is_silent_until_it_is_heard_and_again_when_its_age_is_over() -> None:
    watchdog = Watchdog({"camera": 0.3})
    assert [silence.source for silence in watchdog.silent(10.0)] == ["camera"]
    watchdog.heard("camera", 10.0)
    assert watchdog.silent(10.29) == ()
    (silence,) = watchdog.silent(10.31)
    assert silence.source == "camera"
    assert silence.age == pytest.approx(0.31)
    assert str(silence) == "camera: not heard for 0.30 s"


def test_a_source_that_says_it_is_lost_is_silent_at_once() -> None:
    watchdog = Watchdog({"verifier": 5.0})
    watchdog.heard("verifier", 1.0)
    watchdog.lost("verifier")
    assert watchdog.silent(1.0)[0].age == math.inf


def test_an_older_sign_of_life_does_not_hide_a_newer_one() -> None:
    watchdog = Watchdog({"robot": 0.2})
    watchdog.heard("robot", 5.0)
    watchdog.heard("robot", 1.0)
    assert watchdog.silent(5.1) == ()


@pytest.mark.parametrize("age", [0.0, -1.0, math.nan, math.inf])
def test_an_age_that_is_no_positive_number_is_refused(age: float) -> None:
    with pytest.raises(WatchdogError, match="camera"):
        Watchdog({"camera": age})


def test_a_source_that_is_not_watched_is_named() -> None:
    with pytest.raises(WatchdogError, match="lidar"):
        Watchdog({"camera": 1.0}).heard("lidar", 0.0)


def test_the_emergency_stop_keeps_its_first_reason_until_it_is_reset() -> None:
    stop = EmergencyStop()
    stop.press("button")
    stop.press("again")
    assert stop.pressed
    assert stop.reason == "button"
    assert stop.reset()
    assert not stop.pressed
    assert not stop.reset()
