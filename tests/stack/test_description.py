from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from specedge.edge.modes import MODES
from specedge.errors import SpecedgeError
from specedge.nodes import camera_node, motion_settings, vlm_node
from specedge.paths import shared
from specedge.protocol.security import make_keys
from specedge.ros.settings import Setting
from specedge.stack.description import Options, Playback, Process, processes
from specedge.stack.errors import BadOption


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(tmp_path, simulated=True, models=tmp_path / "models")


def by_name(options: Options) -> dict[str, Process]:
    return {process.name: process for process in processes(options)}


@pytest.mark.parametrize("mode", MODES)
def test_a_verifier_runs_here_when_the_mode_needs_one(options: Options, mode: str) -> None:
    described = by_name(replace(options, mode=mode))
    assert ("verifier" in described) is MODES[mode].needs_verifier
    assert described["vlm_node"].parameters["mode"] == mode


def test_a_verifier_elsewhere_is_used_instead(options: Options) -> None:
    described = by_name(replace(options, cloud="tcp://big:5555"))
    assert "verifier" not in described
    assert described["vlm_node"].parameters["cloud"] == "tcp://big:5555"


def test_the_key_of_a_verifier_elsewhere_goes_to_the_node_that_talks_to_it(
    options: Options, tmp_path: Path
) -> None:
    public, _ = make_keys(tmp_path / "keys")
    described = by_name(replace(options, cloud="tcp://big:5555", verifier_key=public))
    assert described["vlm_node"].parameters["verifier_key"] == str(public)
    assert "verifier_key" not in by_name(options)["vlm_node"].parameters
    with pytest.raises(BadOption, match="--cloud"):
        replace(options, verifier_key=public)


def test_a_real_robot_is_on_its_interface_and_does_not_move_unless_live(options: Options) -> None:
    described = by_name(replace(options, simulated=False, network_interface="eth0"))
    assert "simulator" not in described
    controller = described["motion_controller_node"].parameters
    assert controller["network_interface"] == "eth0"
    assert controller["live"] is controller["simulated"] is False


def test_another_camera_takes_the_place_of_camera_node_and_is_watched(options: Options) -> None:
    described = by_name(replace(options, image_topic="/front/compressed"))
    assert "camera_node" not in described
    assert described["vlm_node"].parameters["image_topic"] == "/front/compressed"
    controller = described["motion_controller_node"].parameters
    assert controller["camera_heartbeat"] is False
    assert controller["image_topic"] == "/front/compressed"
    # Otherwise the files decide, which know camera_node.
    ours = by_name(options)
    assert "camera_node" in ours
    assert "camera_heartbeat" not in ours["motion_controller_node"].parameters


def test_a_bag_takes_the_place_of_camera_and_robot_and_is_played_last(tmp_path: Path) -> None:
    playback = Playback(tmp_path / "bag", "/front/image", "/orders")
    described = by_name(Options(tmp_path, playback=playback, rate=2.0, models=tmp_path))
    assert not {"simulator", "camera_node"} & set(described)
    controller = described["motion_controller_node"].parameters
    assert controller["live"] is controller["simulated"] is controller["camera_heartbeat"] is False
    player = described["player"]
    assert {"vlm_node", "motion_controller_node", "verifier"} <= set(player.after)
    words = " ".join(player.arguments)
    assert "--image-topic /front/image --goal-topic /orders --rate 2.0" in words


def test_a_played_bag_moves_no_robot(tmp_path: Path) -> None:
    playback = Playback(tmp_path / "bag", "/front/image")
    for other in ({"simulated": True}, {"network_interface": "eth0"}, {"live": True}):
        with pytest.raises(BadOption, match="leave out --bag"):
            Options(tmp_path, playback=playback, **other)  # type: ignore[arg-type]


def test_every_process_starts_after_others_that_come_before_it(options: Options) -> None:
    seen: set[str] = set()
    for process in processes(options):
        assert seen.issuperset(process.after)
        seen.add(process.name)


@pytest.mark.parametrize("image_topic", ["", "/front/compressed"])
def test_every_module_exists_and_every_parameter_is_in_its_file(
    options: Options, image_topic: str
) -> None:
    for process in processes(replace(options, image_topic=image_topic)):
        assert find_spec(process.module) is not None
        if process.parameters_file is not None:
            content = yaml.safe_load(process.parameters_file.read_text())
            assert set(process.parameters) <= set(content[process.node]["ros__parameters"])


@pytest.mark.parametrize(
    ("node", "settings"),
    [
        ("camera_node", camera_node.SETTINGS),
        ("vlm_node", vlm_node.SETTINGS),
        ("motion_controller_node", motion_settings.SETTINGS),
    ],
)
def test_each_parameter_file_gives_what_its_node_declares_and_nothing_else(
    node: str, settings: tuple[Setting, ...]
) -> None:
    content = yaml.safe_load(shared("config", f"{node}.yaml").read_text())
    given = content[node]["ros__parameters"]
    assert set(given) == {setting.name for setting in settings}
    for setting in settings:
        setting.check(given[setting.name])


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "telepathy"},
        {"rate": 0.0},
        {"rate": float("nan")},
        {"seed": -1},
        {"cloud": "big:5555"},
        {"bind": "5555"},
        {"simulated": False},
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    options: Options, wrong: dict[str, object]
) -> None:
    with pytest.raises(SpecedgeError):
        replace(options, **wrong)


def test_a_robot_needs_an_interface(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="--network-interface"):
        Options(tmp_path)
