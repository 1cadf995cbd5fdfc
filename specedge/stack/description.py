"""What runs: the one list of processes behind ``specedge up`` and the ROS 2 launch file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specedge.edge.modes import DEFAULT_MODE, find_mode
from specedge.nodes import topics
from specedge.paths import shared
from specedge.protocol.endpoint import DEFAULT_ENDPOINT, require_endpoint
from specedge.protocol.security import robot_keys
from specedge.sim.room import USUAL_SEED
from specedge.stack.errors import BadOption
from specedge.verifier import READY

PLAYER = "player"
"""The process that plays a bag to the stack; the run ends when it does."""

Parameter = str | bool | int | float

READY_LINE = '"ready"'
"""Stands in the JSON line with which the simulator and the recorder say that they are ready."""


@dataclass(frozen=True)
class Playback:
    """A bag that takes the place of camera and user.

    Attributes:
        bag: Anything that `specedge.replay.bags.Bag` opens.
        image_topic: Of the camera in the bag.
        goal_topic: Of the goals in the bag; empty to leave them out.
    """

    bag: Path
    image_topic: str
    goal_topic: str = ""


@dataclass(frozen=True)
class Options:
    """What a run of the stack is asked to be.

    Attributes:
        run: Folder of the run, for the simulator's truth and the bag.
        simulated: Against the simulated Go2 rather than a real one.
        mode: One of `specedge.edge.modes.MODES`.
        cloud: Endpoint of a verifier that runs elsewhere; empty to run one here.
        verifier_key: File with the public key of the verifier at ``cloud``; None for a link in the
            clear.
        bind: Endpoint of the verifier that runs here.
        seed: Of the room.
        rate: Simulated seconds, or seconds of the bag, per second.
        models: Folder with ``target`` and ``draft``.
        live: Whether a real robot may move.
        network_interface: Where the Go2 is; empty for the loopback interface.
        image_topic: Pictures of another camera, in place of our camera_node; empty for ours.
        record: Whether to write a bag of all topics.
        playback: A bag to decide on in place of a robot's camera; nothing is moved.
    """

    run: Path
    simulated: bool = False
    mode: str = DEFAULT_MODE
    cloud: str = ""
    verifier_key: Path | None = None
    bind: str = DEFAULT_ENDPOINT
    seed: int = USUAL_SEED
    rate: float = 1.0
    models: Path | None = None
    live: bool = False
    network_interface: str = ""
    image_topic: str = ""
    record: bool = True
    playback: Playback | None = None

    def __post_init__(self) -> None:
        find_mode(self.mode)
        if not 0.05 <= self.rate <= 20.0:
            raise BadOption(f"rate {self.rate} is not between 0.05 and 20 times real time")
        if self.seed < 0:
            raise BadOption(f"seed {self.seed} is negative")
        for endpoint in filter(None, (self.cloud, self.bind)):
            require_endpoint(endpoint)
        if self.verifier_key is not None:
            if not self.cloud:
                raise BadOption("a verifier key is for a verifier elsewhere; give its --cloud, too")
            robot_keys(self.verifier_key)
        if self.playback is not None:
            if self.simulated or self.live or self.network_interface:
                raise BadOption(
                    "a bag is played to the nodes alone: leave out --sim, --live and "
                    "--network-interface, or leave out --bag"
                )
        elif not self.simulated and not self.network_interface:
            raise BadOption(
                "no robot: give --sim for the simulated Go2, --network-interface with the "
                "interface that the Go2 is connected to (`ip link` lists them), or --bag"
            )

    @property
    def model_folder(self) -> Path:
        """The pair of models that runs."""
        return self.models or shared("models", "nano")

    @property
    def endpoint(self) -> str:
        """Where vlm_node finds its verifier; empty when it needs none."""
        return (self.cloud or self.bind) if find_mode(self.mode).needs_verifier else ""

    @property
    def verifies_here(self) -> bool:
        """Whether the verifier is one of our processes."""
        return find_mode(self.mode).needs_verifier and not self.cloud

    @property
    def other_camera(self) -> str:
        """Topic of the pictures where our camera_node does not run; empty where it does."""
        return topics.IMAGE if self.playback is not None else self.image_topic

    @property
    def robot_interface(self) -> str:
        """The interface that the Go2's own topics are on."""
        return "lo" if self.simulated else self.network_interface


@dataclass(frozen=True)
class Process:
    """One process of the stack.

    Attributes:
        name: Names it in messages and its log.
        module: Run with ``python -m``.
        arguments: What follows the module.
        node: Name of its ROS node; empty when it is none.
        parameters_file: YAML file with the node's parameters.
        parameters: What this run sets over the file.
        environment: Added to the environment of the supervisor.
        after: Processes that must be ready before it starts, and that outlive it.
        ready_line: What stands in the line of its standard output with which it says that it is
            ready; empty for a node, which is ready when it publishes.
        deadline: Seconds that it may take to become ready.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    node: str = ""
    parameters_file: Path | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    ready_line: str = ""
    deadline: float = 60.0

    def command(self) -> list[str]:
        """The command line that starts it without ROS 2's tools."""
        command = [sys.executable, "-m", self.module, *self.arguments]
        if self.node:
            command.append("--ros-args")
            if self.parameters_file is not None:
                command += ["--params-file", str(self.parameters_file)]
            for name, value in self.parameters.items():
                command += ["-p", f"{name}:={_yaml(value)}"]
        return command


def processes(options: Options) -> tuple[Process, ...]:
    """Returns what runs for these options, in an order in which it may start."""
    described: list[Process] = []
    before_nodes: tuple[str, ...] = ()
    if options.simulated:
        described.append(_simulator(options))
        before_nodes += ("simulator",)
    if options.verifies_here:
        described.append(_verifier(options))
    if options.record:
        described.append(_recorder(options))
        before_nodes += ("recorder",)
    described.append(_vlm_node(options, before_nodes))
    if not options.other_camera:
        described.append(_camera_node(options, before_nodes))
    described.append(_motion_controller_node(options, before_nodes))
    if options.playback is not None:
        described.append(_player(options.playback, options.rate, options.verifies_here))
    return tuple(described)


def _simulator(options: Options) -> Process:
    return Process(
        name="simulator",
        module="specedge.sim.process",
        arguments=(
            "--seed",
            str(options.seed),
            "--rate",
            str(options.rate),
            "--run-dir",
            str(options.run),
        ),
        ready_line=READY_LINE,
    )


def _verifier(options: Options) -> Process:
    return Process(
        name="verifier",
        module="specedge.verifier",
        arguments=("--model", str(options.model_folder / "target"), "--bind", options.bind),
        ready_line=READY,
        deadline=180.0,
    )


def _recorder(options: Options) -> Process:
    return Process(
        name="recorder",
        module="specedge.stack.recorder",
        arguments=(
            "--bag",
            str(options.run / "bag"),
            "--image-topic",
            options.other_camera or topics.IMAGE,
        ),
        ready_line=READY_LINE,
    )


def _camera_node(options: Options, after: tuple[str, ...]) -> Process:
    return Process(
        name="camera_node",
        module="specedge.nodes.camera_node",
        node="camera_node",
        parameters_file=shared("config", "camera_node.yaml"),
        parameters={"network_interface": options.robot_interface},
        after=after,
    )


def _vlm_node(options: Options, after: tuple[str, ...]) -> Process:
    parameters: dict[str, Parameter] = {
        "mode": options.mode,
        "cloud": options.endpoint,
        "draft_model": str(options.model_folder / "draft"),
    }
    if options.verifier_key is not None:
        parameters["verifier_key"] = str(options.verifier_key.absolute())
    if options.other_camera:
        parameters["image_topic"] = options.other_camera
    return Process(
        name="vlm_node",
        module="specedge.nodes.vlm_node",
        node="vlm_node",
        parameters_file=shared("config", "vlm_node.yaml"),
        parameters=parameters,
        after=tuple(name for name in after if name != "simulator"),
        deadline=180.0,
    )


def _motion_controller_node(options: Options, after: tuple[str, ...]) -> Process:
    parameters: dict[str, Parameter] = {
        "network_interface": options.robot_interface,
        "simulated": options.simulated,
        "live": options.live,
    }
    if options.other_camera:
        # Another camera has no heartbeat: its pictures are all the life there is to watch.
        parameters.update(camera_heartbeat=False, image_topic=options.other_camera)
    return Process(
        name="motion_controller_node",
        module="specedge.nodes.motion_controller_node",
        node="motion_controller_node",
        parameters_file=shared("config", "motion_controller_node.yaml"),
        parameters=parameters,
        after=after,
    )


def _player(playback: Playback, rate: float, verifies_here: bool) -> Process:
    arguments = ["--bag", str(playback.bag), "--image-topic", playback.image_topic]
    if playback.goal_topic:
        arguments += ["--goal-topic", playback.goal_topic]
    return Process(
        name=PLAYER,
        module="specedge.stack.player",
        arguments=(*arguments, "--rate", str(rate)),
        # What is played before all of them are ready is not decided on.
        after=("vlm_node", "motion_controller_node", *(("verifier",) if verifies_here else ())),
        ready_line=READY_LINE,
    )


def _yaml(value: Parameter) -> str:
    """Spells a parameter so that YAML reads back the same type."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)
