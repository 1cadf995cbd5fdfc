"""Plays a bag into the live nodes: ``ros2 launch specedge replay.launch.py bag:=runs/…/bag``.

``ros2 bag play`` gives camera, goals and the simulated clock; vlm_node decides on them as it would
on a robot. The motion controller makes a dry run: it works out what it would drive, and no robot
hears of it. The bag is held until the nodes are ready. Without ROS 2, ``specedge up --bag`` does
the same.
"""

from __future__ import annotations

import json
import os
import site
import sysconfig
from pathlib import Path

from launch import Action, LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction, Shutdown
from launch.events.process import ProcessExited
from launch_ros.actions import Node

ENVIRONMENT = os.environ.get("VIRTUAL_ENV", "")
if ENVIRONMENT:
    # `ros2 launch` runs in ROS 2's own Python, which knows nothing of the active environment.
    site.addsitedir(sysconfig.get_path("purelib", "posix_prefix", {"base": ENVIRONMENT}))
try:
    from specedge.nodes.topics import GOAL, IMAGE, TYPES
    from specedge.replay.bags import Bag
    from specedge.replay.topics import goal_topic, image_topic
    from specedge.stack.description import PLAYER, Options, Playback, processes
    from specedge.stack.launching import (
        action,
        common_arguments,
        common_options,
        given_values,
    )
except ImportError as error:
    raise RuntimeError(
        f"specedge cannot be imported ({error}); activate the environment that scripts/setup.sh "
        "made (source .venv/bin/activate), then source ros2_ws/install/setup.bash, and try again"
    ) from error

CLOCK_HZ = "100"

ARGUMENTS = (
    DeclareLaunchArgument(
        "bag", description="Bag to play: a rosbag2 folder with a sensor_msgs/CompressedImage."
    ),
    DeclareLaunchArgument(
        "goal",
        default_value="",
        description="The sentence to obey; empty: the goals in the bag.",
    ),
    DeclareLaunchArgument(
        "image_topic", default_value="", description="The camera; empty: found by its type."
    ),
    DeclareLaunchArgument(
        "goal_topic", default_value="", description="The goals; empty: found by their type."
    ),
    DeclareLaunchArgument(
        "rate",
        default_value="1.0",
        description="Seconds of the bag per second.",
    ),
    DeclareLaunchArgument(
        "ready_timeout",
        default_value="180.0",
        description="Seconds for models and verifier to be ready; then the launch ends.",
    ),
    *common_arguments(),
)


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=start)])


def start(context: LaunchContext) -> list[Node | ExecuteProcess]:
    """Makes the actions; a bag that cannot be played ends the launch with its message."""
    given = given_values(context, ARGUMENTS)
    with Bag(Path(given["bag"])) as bag:
        images = image_topic(bag.types, bag.counts, given["image_topic"])
        goals = "" if given["goal"] else goal_topic(bag.types, bag.counts, given["goal_topic"])
        if bag.types[images] != TYPES[IMAGE]:
            raise RuntimeError(
                f"{images} is a {bag.types[images]}, and the nodes take {TYPES[IMAGE]}: use "
                "`specedge up --bag`, which compresses it, or image_transport's republish"
            )
        path = bag.path
    options = Options(
        **common_options(given),
        playback=Playback(path, images, goals),
    )
    if options.record:
        options.run.mkdir(parents=True, exist_ok=True)
    actions = [
        action(process, given["python"], use_sim_time=True)
        for process in processes(options)
        if process.name != PLAYER
    ]
    return [*actions, player(path, given["rate"], images, goals), starter(given)]


def player(path: Path, rate: str, images: str, goals: str) -> ExecuteProcess:
    """Returns `ros2 bag play` of camera and goals alone; what was decided then is not repeated."""
    command = ["ros2", "bag", "play", str(path), "--clock", CLOCK_HZ]
    command += ["--rate", rate, "--start-paused"]
    command += ["--disable-keyboard-controls", "--topics", images, *([goals] if goals else [])]
    renamed = [
        f"{old}:={new}" for old, new in ((images, IMAGE), (goals, GOAL)) if old and old != new
    ]
    if renamed:
        command += ["--remap", *renamed]

    def on_exit(event: ProcessExited, _: LaunchContext) -> list[Action]:
        failed = "the bag could not be played; its player says above why"
        return [Shutdown(reason=failed if event.returncode else "the bag was played to its end")]

    return ExecuteProcess(name="player", cmd=command, output="screen", on_exit=on_exit)


def starter(given: dict[str, str]) -> ExecuteProcess:
    """Returns what waits for the nodes, and then has the bag played and the goal told."""
    command = [given["python"], "-m", "specedge.stack.readiness"]
    command += ["--timeout", given["ready_timeout"]]

    def on_exit(event: ProcessExited, _: LaunchContext) -> list[Action]:
        if event.returncode:
            return [Shutdown(reason="the nodes were not ready; the bag was not played")]
        return [resumer(), *([speaker(given["goal"])] if given["goal"] else [])]

    return ExecuteProcess(name="starter", cmd=command, output="screen", on_exit=on_exit)


def resumer() -> ExecuteProcess:
    """Returns what lets the player go on; it waits for the player where that is not up yet."""
    command = ["ros2", "service", "call", "/rosbag2_player/resume", "rosbag2_interfaces/srv/Resume"]

    def on_exit(event: ProcessExited, _: LaunchContext) -> list[Action]:
        return [Shutdown(reason="the bag could not be started")] if event.returncode else []

    return ExecuteProcess(name="resume", cmd=command, output="screen", on_exit=on_exit)


def speaker(goal: str) -> ExecuteProcess:
    """Returns what tells a goal once, as soon as somebody listens."""
    command = ["ros2", "topic", "pub", "--once", "--wait-matching-subscriptions", "1"]
    # JSON is YAML, and quotes whatever a goal may hold.
    command += [GOAL, TYPES[GOAL], json.dumps({"data": goal})]
    return ExecuteProcess(name="goal", cmd=command, output="screen")
