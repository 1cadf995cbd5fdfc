"""motion_controller_node: carries commands out, and stops the robot when anything is amiss.

Owns the driver process. Publishes /odom, /tf, /cmd_vel, /specedge/motion and /diagnostics; offers
/specedge/stop, which latches, and /specedge/reset_stop.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from specedge import ros
from specedge.motion.ghost import GhostRobot
from specedge.motion.loop import ControlLoop
from specedge.motion.orders import Order
from specedge.motion.pilot import Pilot
from specedge.motion.report import MotionReport, PilotState
from specedge.motion.robot import Robot, RobotSample
from specedge.nodes import motion_settings as names
from specedge.nodes import topics, wire
from specedge.nodes.driver_robot import DriverRobot
from specedge.nodes.profiles import BASE_FRAME, LATCHED, NEWEST, ODOM_FRAME, RELIABLE, robot_domain
from specedge.robot.link import DriverLink, RemoteMoved
from specedge.ros import messages
from specedge.ros.interfaces import interface
from specedge.ros.settings import declare

LOOK_PERIOD = 0.02
"""Seconds between two looks whether the motion state changed."""
REPORT_PERIOD = 0.05
"""Seconds between two motion states when nothing changes."""


class MotionControllerNode(ros.Node):
    """See the module."""

    def __init__(self) -> None:
        super().__init__("motion_controller_node")
        values = declare(self, names.SETTINGS)
        settings = names.pilot_settings(values)
        self._simulated: bool = values["simulated"]
        self._live: bool = values["live"] and not self._simulated
        self._deadband: float = values["joystick_deadband"]
        self._ignored_axes = names.axes(values["joystick_ignored_axes"])
        self._link: DriverLink | None = None
        self._remote: RemoteMoved | None = None
        self._frame_stamp: tuple[int, int] | None = None
        self._reported: tuple[object, ...] = ()
        self._reported_at = 0.0
        self._notes: list[str] = []
        self._drives = False
        self._failure = ""
        self._make_publishers()
        self._listen(values)
        # Last, so that a node that cannot be made leaves no driver behind.
        self._robot: Robot = self._reach_robot(values)
        self._pilot = Pilot(self._robot, settings)
        self._watched = frozenset(self._pilot.watchdog.sources)
        self._loop = ControlLoop(self._pilot, on_failure=self._on_loop_failure)
        self._loop.start()
        steady = ros.steady_clock()
        self.create_timer(LOOK_PERIOD, self._on_look, clock=steady)
        self.create_timer(1.0, self._on_diagnostics, clock=steady)

    def close(self) -> None:
        """Stops the robot, ends the driver and the loop."""
        self._pilot.press_stop("motion_controller_node ends")
        self._loop.close()
        if self._link is not None:
            # The driver repeats StopMove until the robot confirms it, and then ends.
            self._link.close()

    def _reach_robot(self, values: dict[str, Any]) -> Robot:
        if not (self._live or self._simulated):
            self.get_logger().warning("dry run: nothing is sent to a robot; set live to move one")
            return GhostRobot()
        self._link = DriverLink(
            domain=robot_domain(values["network_interface"]),
            network_interface=values["network_interface"],
            avoid_obstacles=values["avoid_obstacles"],
            remote_deadband=values["joystick_deadband"],
            lidar=names.keeps_clear(values),
        )
        return DriverRobot(self._link)

    def _make_publishers(self) -> None:
        self._odometry = self.create_publisher(messages.Odometry, topics.ODOM, RELIABLE)
        self._transforms = self.create_publisher(messages.TFMessage, topics.TF, RELIABLE)
        self._driven = self.create_publisher(messages.TwistStamped, topics.CMD_VEL, RELIABLE)
        self._motion = self.create_publisher(messages.MotionState, topics.MOTION, RELIABLE)
        self._health = self.create_publisher(messages.DiagnosticArray, topics.DIAGNOSTICS, RELIABLE)

    def _listen(self, values: dict[str, Any]) -> None:
        listen = self.create_subscription
        listen(messages.Command, topics.COMMAND, self._on_command, RELIABLE)
        listen(messages.Status, topics.STATUS, self._on_status, LATCHED)
        if values["camera_heartbeat"]:
            listen(messages.Header, topics.CAMERA_HEARTBEAT, self._on_camera_heartbeat, NEWEST)
        else:
            listen(messages.CompressedImage, values["image_topic"], self._on_picture, NEWEST)
        if values["joystick_topic"]:
            joystick = interface("sensor_msgs/msg/Joy")
            listen(joystick, values["joystick_topic"], self._on_joystick, NEWEST)
        self.create_service(messages.Trigger, topics.STOP, self._on_stop)
        self.create_service(messages.Trigger, topics.RESET_STOP, self._on_reset_stop)

    def _on_command(self, message: Any) -> None:
        now, clock = time.monotonic(), wire.clock_of(self)
        try:
            actions = tuple(wire.action_of(action) for action in message.actions)
        except ValueError as error:
            self.get_logger().warning(f"turn {message.turn}: {error}; the robot is stopped")
            actions = ()
        stamp = wire.seconds(message.header.stamp)
        order = Order(
            goal_id=message.goal_id,
            turn=message.turn,
            stamp=stamp,
            captured=now + stamp - clock,
            expires=now + wire.seconds(message.expires) - clock,
            actions=actions,
            complete=message.complete,
        )
        _, reason = self._pilot.order(order, now)
        if reason:
            self.get_logger().warning(reason)

    def _on_status(self, message: Any) -> None:
        if wire.clock_of(self) - wire.seconds(message.header.stamp) > 1.0:
            # The last word of a vlm_node that is gone, kept for those who come late.
            return
        self._hear(names.VLM)
        if message.verifier_connected or message.mode == "edge":
            self._hear(names.VERIFIER)
        elif names.VERIFIER in self._watched:
            self._pilot.watchdog.lost(names.VERIFIER)

    def _on_camera_heartbeat(self, message: Any) -> None:
        self._hear(names.CAMERA)
        self._see_stamp(message.stamp)

    def _on_picture(self, message: Any) -> None:
        self._see_stamp(message.header.stamp)

    def _see_stamp(self, stamp: Any) -> None:
        seen = stamp.sec, stamp.nanosec
        if seen not in ((0, 0), self._frame_stamp):
            self._frame_stamp = seen
            self._hear(names.FRAMES)

    def _hear(self, source: str) -> None:
        if source in self._watched:
            self._pilot.watchdog.heard(source, time.monotonic())

    def _on_joystick(self, message: Any) -> None:
        moved = [
            f"axis {number} at {axis:.2f}"
            for number, axis in enumerate(message.axes)
            if abs(axis) > self._deadband and number not in self._ignored_axes
        ]
        moved += [f"button {number}" for number, pressed in enumerate(message.buttons) if pressed]
        if moved:
            self._pilot.operator_moved(time.monotonic(), f"joystick: {moved[0]}")

    def _see_remote_control(self) -> None:
        moved = self._link.remote() if self._link else None
        if moved is not None and moved is not self._remote:
            self._remote = moved
            self._pilot.operator_moved(moved.received, f"remote control: {moved.control}")

    def _on_stop(self, _: Any, response: Any) -> Any:
        self._pilot.press_stop(topics.STOP)
        self.get_logger().warning("emergency stop latched")
        response.success = True
        response.message = f"latched; {topics.RESET_STOP} releases it"
        return response

    def _on_reset_stop(self, _: Any, response: Any) -> Any:
        response.success = self._pilot.reset_stop()
        response.message = "released" if response.success else "it was not latched"
        return response

    def _on_loop_failure(self, error: Exception) -> None:
        # The driver's dead-man stops the robot, since no velocity reaches it any more.
        self._failure = f"control loop: {error}"

    def _on_look(self) -> None:
        now = time.monotonic()
        self._see_remote_control()
        report = self._pilot.take_report()
        self._notes += report.limits
        headline = (report.state, report.turn, report.action, report.finished_turn, report.outcome)
        if headline == self._reported and now - self._reported_at < REPORT_PERIOD:
            return
        self._reported, self._reported_at = headline, now
        self._publish_motion(report)
        self._publish_driven(report)
        sample = self._robot.latest()
        if sample is not None:
            self._publish_odometry(sample)

    def _publish_motion(self, report: MotionReport) -> None:
        for note in self._notes:
            self.get_logger().info(note)
        state = PilotState.FAULTED if self._failure else report.state
        failure = [self._failure] if self._failure else []
        self._motion.publish(
            messages.MotionState(
                header=wire.header(wire.clock_of(self)),
                state=state.value,
                goal_id=report.goal_id,
                turn=report.turn,
                action=report.action,
                progress=report.progress,
                requested=wire.twist(report.requested),
                commanded=wire.twist(report.commanded),
                limits=self._notes + failure,
                finished_turn=report.finished_turn,
                outcome=report.outcome,
                live=self._live,
                dry_run=self._link is None,
                estop=bool(report.emergency),
            )
        )
        self._notes = []

    def _publish_driven(self, report: MotionReport) -> None:
        if self._link is None:
            # Others may drive a robot by this topic.
            return
        drives = not report.commanded.zero
        if drives or self._drives:
            self._driven.publish(
                messages.TwistStamped(
                    header=wire.header(wire.clock_of(self)), twist=wire.twist(report.commanded)
                )
            )
        self._drives = drives

    def _publish_odometry(self, sample: RobotSample) -> None:
        moment = wire.clock_of(self) - (time.monotonic() - sample.received)
        header = wire.header(moment, ODOM_FRAME)
        x, y, z = wire.finite(sample.x), wire.finite(sample.y), wire.finite(sample.z)
        turn = wire.quaternion(sample.roll, sample.pitch, sample.yaw)
        odometry = messages.Odometry(header=header, child_frame_id=BASE_FRAME)
        odometry.pose.pose.position = messages.Point(x=x, y=y, z=z)
        odometry.pose.pose.orientation = turn
        odometry.twist.twist.linear.x = wire.finite(sample.vx)
        odometry.twist.twist.linear.y = wire.finite(sample.vy)
        odometry.twist.twist.angular.z = wire.finite(sample.yaw_rate)
        self._odometry.publish(odometry)
        transform = messages.TransformStamped(header=header, child_frame_id=BASE_FRAME)
        transform.transform.translation = messages.Vector3(x=x, y=y, z=z)
        transform.transform.rotation = turn
        self._transforms.publish(messages.TFMessage(transforms=[transform]))

    def _on_diagnostics(self) -> None:
        fault = self._failure or self._robot.fault()
        silent = self._pilot.watchdog.silent(time.monotonic())
        level = 2 if fault else int(bool(silent))
        text = fault or "; ".join(map(str, silent)) or "ok"
        values = [("late steps of the control loop", str(self._loop.late_steps))]
        values += [(silence.source, str(silence)) for silence in silent]
        now = wire.clock_of(self)
        self._health.publish(wire.diagnostics(now, "motion_controller_node", level, text, values))


def main() -> int:
    """Runs the node until SIGINT or SIGTERM, then stops the robot."""
    return ros.run(MotionControllerNode)


if __name__ == "__main__":
    sys.exit(main())
