from __future__ import annotations

import queue
import threading
import time

from specedge.robot.codes import ReturnCode
from specedge.robot.messages import RobotState, Velocity
from specedge.robot.motion_writer import MotionWriter

TIMEOUT = 20.0


class Robot:
    """Takes what the writer sends, and reports what it is told to report."""

    def __init__(self, code: ReturnCode = ReturnCode.OK) -> None:
        self.sent: queue.Queue[str] = queue.Queue()
        self.still = threading.Event()
        self.rests = 0
        self._code = code

    def move(self, x: float, y: float, yaw_rate: float) -> int:
        self.sent.put(f"move {x:g} {y:g} {yaw_rate:g}")
        return self._code

    def stop(self) -> int:
        self.sent.put("stop")
        return self._code

    def rest(self) -> None:
        self.rests += 1

    def latest(self) -> RobotState:
        speed = 0.0 if self.still.is_set() else 0.3
        return RobotState(time.monotonic(), 0.0, 0.0, 0.0, speed, 0.0, 0.0, 1015)


def forward(seconds: float = 60.0) -> Velocity:
    return Velocity(0.3, 0.0, 0.1, time.monotonic() + seconds)


def test_a_velocity_is_passed_on_and_silence_is_answered_by_stops_until_the_robot_is_still() -> (
    None
):
    robot, faults = Robot(), queue.Queue[str]()
    writer = MotionWriter(robot, robot.latest, faults.put, dead_man=0.05)
    writer.start()
    writer.drive(forward())
    assert robot.sent.get(timeout=TIMEOUT) == "move 0.3 0 0.1"
    assert [robot.sent.get(timeout=TIMEOUT) for _ in range(3)] == ["stop"] * 3
    robot.still.set()
    assert writer.close(TIMEOUT)
    assert faults.empty()
    assert robot.rests


def test_closing_stops_a_moving_robot_at_once() -> None:
    robot = Robot()
    robot.still.set()
    writer = MotionWriter(robot, robot.latest, lambda text: None, dead_man=TIMEOUT)
    writer.start()
    writer.drive(forward())
    robot.sent.get(timeout=TIMEOUT)
    assert writer.close(TIMEOUT)
    assert robot.sent.get_nowait() == "stop"


def test_closing_gives_up_on_a_robot_that_does_not_confirm() -> None:
    robot = Robot()
    writer = MotionWriter(robot, robot.latest, lambda text: None)
    writer.start()
    writer.stop()
    assert not writer.close(patience=0.05)


def test_a_robot_at_rest_is_left_alone_when_closing() -> None:
    robot = Robot()
    writer = MotionWriter(robot, robot.latest, lambda text: None)
    writer.start()
    assert writer.close(TIMEOUT)
    assert robot.sent.empty()


def test_a_network_without_a_sport_service_is_told() -> None:
    robot, faults = Robot(ReturnCode.SEND_FAILED), queue.Queue[str]()
    robot.still.set()
    writer = MotionWriter(robot, robot.latest, faults.put, dead_man=TIMEOUT)
    writer.start()
    writer.drive(forward())
    assert "no sport service" in faults.get(timeout=TIMEOUT)
    writer.close(TIMEOUT)


def test_a_fault_has_passed_when_the_robot_is_known_to_be_at_rest() -> None:
    robot, faults = Robot(ReturnCode.SEND_FAILED), queue.Queue[str]()
    writer = MotionWriter(robot, robot.latest, faults.put, dead_man=0.05)
    writer.start()
    writer.drive(forward())
    assert "no sport service" in faults.get(timeout=TIMEOUT)
    robot.still.set()
    assert writer.close(TIMEOUT)
    while (told := faults.get(timeout=TIMEOUT)) != "":
        assert "still moves" in told or "no sport service" in told


def test_a_fault_of_the_sdk_is_told_and_the_robot_is_stopped_all_the_same() -> None:
    class Breaking(Robot):
        def move(self, x: float, y: float, yaw_rate: float) -> int:
            super().move(x, y, yaw_rate)
            raise TypeError("'tuple' object is not callable")

    robot, faults = Breaking(), queue.Queue[str]()
    writer = MotionWriter(robot, robot.latest, faults.put, dead_man=0.05)
    writer.start()
    writer.drive(forward())
    assert "SDK failed: TypeError" in faults.get(timeout=TIMEOUT)
    assert robot.sent.get(timeout=TIMEOUT).startswith("move")
    assert robot.sent.get(timeout=TIMEOUT) == "stop"
    assert faults.get(timeout=TIMEOUT) == ""
    robot.still.set()
    assert writer.close(TIMEOUT)


def test_a_robot_that_is_released_is_stopped_once_and_left_to_others() -> None:
    robot, faults = Robot(), queue.Queue[str]()
    writer = MotionWriter(robot, robot.latest, faults.put, dead_man=60.0)
    writer.start()
    writer.drive(forward())
    assert robot.sent.get(timeout=TIMEOUT) == "move 0.3 0 0.1"
    writer.release()
    assert robot.sent.get(timeout=TIMEOUT) == "stop"
    assert writer.close(TIMEOUT), "it moves, but not by this writer"
    assert robot.sent.empty()
    assert faults.empty()
