"""A bag of a short run: pictures, a turn with a rejected token, motion and odometry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from specedge.nodes import topics
from specedge.ros.definitions import typestore
from specedge.stack.bag import Bag

WIDTH, HEIGHT = 320, 180
DRAFT, TARGET = 0, 1
DRAFTED, VERIFIED, REJECTED = 0, 1, 2


def make(name: str, **fields: Any) -> Any:
    """Returns a message of `name` with these fields, and nothing in the others."""
    store = typestore()
    values: dict[str, Any] = {}
    for field, (kind, detail) in store.fielddefs[name][1]:
        values[field] = fields.get(field, _nothing(int(kind), detail))
    return store.types[name](**values)


def _nothing(kind: int, detail: Any) -> Any:
    if kind == 2:
        return make(detail)
    if kind == 3:
        length = detail[1]
        return np.zeros(length) if length else []
    if kind == 4:
        name = detail[0][1]
        base = name[0] if isinstance(name, tuple) else name
        text = base == "string" or "/" in base
        return [] if text else np.zeros(0, _DTYPES.get(base, base))
    base = detail[0]
    return "" if base == "string" else False if base == "bool" else 0


_DTYPES = {"octet": "uint8", "byte": "uint8", "char": "uint8"}


def picture(number: int) -> Any:
    drawn = np.full((HEIGHT, WIDTH, 3), (90, 120, 150), np.uint8)
    cv2.circle(drawn, (20 + 9 * number % 280, 90), 30, (30, 30, 220), -1)
    data = cv2.imencode(".jpg", drawn)[1].ravel()
    return make(topics.TYPES[topics.IMAGE], format="jpeg", data=data)


def tokens(kind: int, position: int, text: str, source: int) -> Any:
    return make(
        topics.TYPES[topics.TOKENS],
        turn=1,
        position=position,
        kind=kind,
        ids=np.array([5], np.uint32),
        texts=[text],
        sources=np.array([source], np.uint8),
        exit_layer=-1,
    )


def write(
    folder: Path, *, frames: int = 30, goal: str = "go to the red ball", gap: float = 0.0
) -> Path:
    """Writes the bag of a run at ten pictures a second; with a silence in its middle."""
    store = typestore()
    with Bag(folder, topics.TYPES, topics.TRANSIENT_LOCAL, store) as bag:

        def put(topic: str, at: float, message: Any) -> None:
            data = bytes(store.serialize_cdr(message, topics.TYPES[topic]))
            bag.write(topic, round((1_700_000_000.0 + at) * 1e9), data)

        put(topics.GOAL, 0.0, make("std_msgs/msg/String", data=goal))
        told = [
            tokens(DRAFTED, 0, "red", DRAFT),
            tokens(VERIFIED, 0, "red", DRAFT),
            tokens(REJECTED, 1, " box", DRAFT),
            tokens(VERIFIED, 1, " ball", TARGET),
        ]
        for number in range(frames):
            at = 0.1 * number + (gap if number >= frames // 2 else 0.0)
            put(topics.IMAGE, at, picture(number))
            if number < len(told):
                put(topics.TOKENS, at + 0.01, told[number])
            put(topics.ODOM, at + 0.02, _odometry(0.04 * number))
            put(topics.STATUS, at + 0.03, _status(number // 10))
            put(topics.MOTION, at + 0.04, _motion(number / frames))
    return folder


def _odometry(x: float) -> Any:
    point = make("geometry_msgs/msg/Point", x=x, y=0.2 * x)
    pose = make(
        "geometry_msgs/msg/PoseWithCovariance", pose=make("geometry_msgs/msg/Pose", position=point)
    )
    twist = make(
        "geometry_msgs/msg/TwistWithCovariance",
        twist=make("geometry_msgs/msg/Twist", linear=make("geometry_msgs/msg/Vector3", x=0.4)),
    )
    return make(topics.TYPES[topics.ODOM], pose=pose, twist=twist)


def _status(turn: int) -> Any:
    return make(
        topics.TYPES[topics.STATUS],
        state="acting",
        mode="streaming",
        goal="go to the red ball",
        turn=turn,
        text="red ball: left 10 deg, 1.0 m; walk 1.0 m.",
        latency=0.1 + 0.01 * turn,
        first_action_latency=0.09,
    )


def _motion(progress: float) -> Any:
    commanded = make("geometry_msgs/msg/Twist", linear=make("geometry_msgs/msg/Vector3", x=0.4))
    return make(
        topics.TYPES[topics.MOTION],
        state="moving",
        action="walk 1.0 m",
        progress=progress,
        commanded=commanded,
    )
