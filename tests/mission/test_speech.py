from __future__ import annotations

import threading
import time

from specedge.mission.news import Goal, MissionState, MissionStatus
from specedge.mission.settings import MissionSettings
from specedge.mission.speech import Speech, stop_command
from tests.mission.stage import WAIT, ObedientLegs

GOAL = Goal("g", "sit")


def test_nothing_is_said_after_silence() -> None:
    legs = ObedientLegs()
    speech = Speech(GOAL, legs)
    speech.tell(MissionState.DECIDING, 1)
    speech.silence()
    speech.tell(MissionState.ACTING, 1)
    speech.command(stop_command(GOAL, 2, time.time(), MissionSettings()))
    assert [status.state for status in legs.statuses] == [MissionState.DECIDING]
    assert legs.commands == []


def test_silence_comes_after_the_word_that_is_being_said() -> None:
    speaking, go_on, order = threading.Event(), threading.Event(), list[str]()

    class SlowVoice(ObedientLegs):
        def status(self, status: MissionStatus) -> None:
            speaking.set()
            assert go_on.wait(WAIT)
            order.append("said")

    speech = Speech(GOAL, SlowVoice())
    teller = threading.Thread(target=speech.tell, args=(MissionState.ACTING, 1))
    teller.start()
    assert speaking.wait(WAIT)

    def silence() -> None:
        speech.silence()
        order.append("silent")

    silencer = threading.Thread(target=silence)
    silencer.start()
    assert speech.silenced.wait(WAIT)
    go_on.set()
    teller.join()
    silencer.join()
    assert order == ["said", "silent"]
