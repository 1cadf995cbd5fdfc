"""Between messages and what they stand for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from specedge import ros
from specedge.commands import Action, ActionKind
from specedge.edge.decoder import TokenEvent
from specedge.mission.news import MotionNews, Spoken
from specedge.motion.velocity import BodyVelocity
from specedge.nodes.profiles import BASE_FRAME
from specedge.ros import messages


def seconds(stamp: Any) -> float:
    """Returns a builtin_interfaces/Time in seconds."""
    return float(stamp.sec) + float(stamp.nanosec) * 1e-9


def clock_of(node: Any) -> float:
    """Returns the node's time in seconds: the system's, or under `use_sim_time` a bag's."""
    return float(node.get_clock().now().nanoseconds) * 1e-9


def stamp(moment: float) -> Any:
    """Returns seconds as builtin_interfaces/Time, which begins with the epoch.

    Under `use_sim_time` the time is zero until a clock is heard, and what was before it is not.
    """
    return ros.Time(nanoseconds=max(0, round(moment * 1e9))).to_msg()


def header(moment: float, frame: str = BASE_FRAME) -> Any:
    """Returns a std_msgs/Header."""
    return messages.Header(stamp=stamp(moment), frame_id=frame)


def action_of(message: Any) -> Action:
    """Reads a specedge_msgs/Action.

    Raises:
        ValueError: it is no action of the command language.
    """
    return Action(ActionKind(message.kind), message.amount, message.reason)


def action_message(action: Action) -> Any:
    """Returns a specedge_msgs/Action."""
    return messages.Action(
        kind=action.kind.value, amount=float(action.amount), reason=action.reason
    )


def command_message(spoken: Spoken, mode: str) -> Any:
    """Returns a specedge_msgs/Command."""
    basis = spoken.basis
    decoded_with: dict[str, Any] = {}
    if basis is not None:
        decoded_with = {
            "mode": mode,
            "seed": basis.seed,
            "temperature": float(basis.temperature),
            "last_command": basis.context.last_command,
            "last_outcome": basis.context.outcome,
        }
    return messages.Command(
        header=header(spoken.stamp),
        goal_id=spoken.goal.id,
        goal=spoken.goal.text,
        turn=spoken.turn,
        text=spoken.text,
        actions=[action_message(action) for action in spoken.actions],
        complete=spoken.complete,
        expires=stamp(spoken.expires),
        **decoded_with,
    )


def tokens_message(turn: int, taken: float, event: TokenEvent) -> Any:
    """Returns a specedge_msgs/Tokens for a picture taken at that time."""
    return messages.Tokens(
        header=header(taken),
        turn=turn,
        position=event.position,
        kind=event.kind.value,
        ids=list(event.ids),
        texts=list(event.texts),
        sources=bytes(source.value for source in event.sources),
        exit_layer=event.exit_layer,
    )


def motion_news(message: Any) -> MotionNews:
    """Reads a specedge_msgs/MotionState."""
    return MotionNews(
        stamp=seconds(message.header.stamp),
        state=message.state,
        goal_id=message.goal_id,
        finished_turn=message.finished_turn,
        outcome=message.outcome,
        reasons=tuple(message.limits),
    )


def twist(velocity: BodyVelocity) -> Any:
    """Returns a geometry_msgs/Twist."""
    return messages.Twist(
        linear=messages.Vector3(x=finite(velocity.x), y=finite(velocity.y)),
        angular=messages.Vector3(z=finite(velocity.yaw_rate)),
    )


def finite(value: float) -> float:
    """Returns a number that any reader can plot: NaN and infinities become 0."""
    return float(value) if math.isfinite(value) else 0.0


def quaternion(roll: float, pitch: float, yaw: float) -> Any:
    """Returns a geometry_msgs/Quaternion of turns about x, then y, then z, all fixed (rad)."""
    (sin_x, cos_x), (sin_y, cos_y), (sin_z, cos_z) = (
        (math.sin(finite(angle) / 2.0), math.cos(finite(angle) / 2.0))
        for angle in (roll, pitch, yaw)
    )
    return messages.Quaternion(
        x=sin_x * cos_y * cos_z - cos_x * sin_y * sin_z,
        y=cos_x * sin_y * cos_z + sin_x * cos_y * sin_z,
        z=cos_x * cos_y * sin_z - sin_x * sin_y * cos_z,
        w=cos_x * cos_y * cos_z + sin_x * sin_y * sin_z,
    )


def diagnostics(
    moment: float, node: str, level: int, text: str, values: Iterable[tuple[str, str]]
) -> Any:
    """Returns a diagnostic_msgs/DiagnosticArray with one status.

    Args:
        moment: When, in seconds of the ROS clock.
        node: Who speaks.
        level: 0 ok, 1 warning, 2 error.
        text: The gist.
        values: Names and values in detail.
    """
    status = messages.DiagnosticStatus(
        # The message's byte type is `bytes` of length one in rclpy.
        level=bytes([level]),
        name=f"specedge: {node}",
        hardware_id="go2",
        message=text,
        values=[messages.KeyValue(key=key, value=value) for key, value in values],
    )
    return messages.DiagnosticArray(header=header(moment, frame=""), status=[status])
