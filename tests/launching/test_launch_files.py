"""What the launch files start, read with stand-ins for ROS 2's launch, which need not be here."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from specedge.nodes.topics import GOAL, IMAGE
from specedge.paths import shared
from specedge.replay.errors import ReplayError
from tests.render import bags

NODES = ("vlm_node", "motion_controller_node")


class Action(SimpleNamespace):
    """Any action of launch: remembers what it was made of."""

    def __init__(self, name: str = "", **given: Any) -> None:
        super().__init__(name=name, **given)


class LaunchConfiguration:
    def __init__(self, name: str) -> None:
        self._name = name

    def perform(self, context: dict[str, str]) -> str:
        return context[self._name]


@pytest.fixture(autouse=True)
def _ros(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = ("DeclareLaunchArgument", "ExecuteProcess", "OpaqueFunction", "Shutdown")
    stand_ins: dict[str, dict[str, Any]] = {
        "launch": {"Action": Action, "LaunchContext": dict, "LaunchDescription": list},
        "launch.actions": {name: type(name, (Action,), {}) for name in classes},
        "launch.events": {},
        "launch.events.process": {"ProcessExited": SimpleNamespace},
        "launch.substitutions": {"LaunchConfiguration": LaunchConfiguration},
        "launch_ros": {},
        "launch_ros.actions": {"Node": type("Node", (Action,), {})},
    }
    for name, members in stand_ins.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "specedge.stack.launching", raising=False)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def launch(file: str, **given: str) -> dict[str, Any]:
    """Returns the actions of a launch file by their name."""
    path = shared("launch", file)
    spec = importlib.util.spec_from_file_location(path.stem.replace(".", "_"), path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.generate_launch_description()
    context = {
        argument.name: given.pop(argument.name, getattr(argument, "default_value", None))
        for argument in module.ARGUMENTS
    }
    assert not given, "arguments that the file does not declare"
    return {action.name: action for action in module.start(context)}


def after(action: Any, code: int) -> list[Any]:
    """Returns what follows when a process has ended."""
    followers: list[Any] = action.on_exit(SimpleNamespace(returncode=code), {})
    return followers


def test_a_simulated_run_is_recorded_into_its_folder(tmp_path: Path) -> None:
    actions = launch("go2_vlm.launch.py", sim="true", run_dir=str(tmp_path / "run"))
    parts = {"simulator", "verifier", "recorder", "camera_node", *NODES}
    assert set(actions) == parts
    command = actions["recorder"].cmd
    assert command[command.index("--bag") + 1] == str(tmp_path / "run" / "bag")
    assert (tmp_path / "run").is_dir()
    for action in actions.values():
        assert action.on_exit.reason == f"{action.name} ended"


def test_the_pictures_of_another_camera_are_recorded(tmp_path: Path) -> None:
    given = {"sim": "true", "run_dir": str(tmp_path / "run"), "image_topic": "/my/camera"}
    command = launch("go2_vlm.launch.py", **given)["recorder"].cmd
    assert command[command.index("--image-topic") + 1] == "/my/camera"


def test_a_run_without_a_bag(tmp_path: Path) -> None:
    given = {"network_interface": "eth0", "run_dir": str(tmp_path / "run"), "record": "false"}
    assert "recorder" not in launch("go2_vlm.launch.py", **given)
    assert not (tmp_path / "run").exists()


def test_a_robot_needs_an_interface() -> None:
    with pytest.raises(RuntimeError, match="network_interface"):
        launch("go2_vlm.launch.py")


def test_a_bag_takes_the_place_of_robot_and_camera(tmp_path: Path) -> None:
    bag = bags.write(tmp_path / "bag", frames=2)
    actions = launch("replay.launch.py", bag=str(bag), run_dir=str(tmp_path / "run"), rate="0.5")
    assert set(actions) == {"verifier", "recorder", "player", "starter", *NODES}
    for name in NODES:
        assert actions[name].parameters[-1]["use_sim_time"] is True
    controller = actions["motion_controller_node"].parameters[-1]
    assert controller["live"] is controller["simulated"] is controller["camera_heartbeat"] is False
    command = actions["player"].cmd
    assert command[:4] == ["ros2", "bag", "play", str(bag)]
    assert {"--clock", "--start-paused"} < set(command)
    assert command[command.index("--rate") + 1] == "0.5"
    assert command[command.index("--topics") + 1 :] == [IMAGE, GOAL]


def test_a_run_is_played_by_the_bag_in_it(tmp_path: Path) -> None:
    bags.write(tmp_path / "recorded" / "bag", frames=2)
    given = {"bag": str(tmp_path / "recorded"), "run_dir": str(tmp_path / "run")}
    player = launch("replay.launch.py", **given)["player"]
    assert player.cmd[3] == str(tmp_path / "recorded" / "bag")
    (end,) = after(player, code=0)
    assert end.reason == "the bag was played to its end"
    (end,) = after(player, code=1)
    assert "could not be played" in end.reason


def test_a_goal_replaces_those_of_the_bag_whatever_it_holds(tmp_path: Path) -> None:
    bag = bags.write(tmp_path / "bag", frames=2)
    goal = 'go to "it", {all}: #1'
    run = str(tmp_path / "run")
    actions = launch("replay.launch.py", bag=str(bag), goal=goal, run_dir=run)
    command = actions["player"].cmd
    assert command[command.index("--topics") + 1 :] == [IMAGE]
    follow = {action.name: action for action in after(actions["starter"], code=0)}
    assert json.loads(follow["goal"].cmd[-1]) == {"data": goal}
    assert follow["resume"].cmd[3] == "/rosbag2_player/resume"


def test_a_bag_is_played_when_the_nodes_are_ready_and_otherwise_not_at_all(tmp_path: Path) -> None:
    bag = bags.write(tmp_path / "bag", frames=2)
    given = {"bag": str(bag), "run_dir": str(tmp_path / "run"), "ready_timeout": "7"}
    starter = launch("replay.launch.py", **given)["starter"]
    assert starter.cmd[-4:] == ["-m", "specedge.stack.readiness", "--timeout", "7"]
    (resume,) = after(starter, code=0)
    assert resume.name == "resume"
    assert after(resume, code=0) == []
    for failed in (starter, resume):
        (end,) = after(failed, code=1)
        assert "the bag" in end.reason


def test_what_is_no_bag_ends_the_launch_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="no bag"):
        launch("replay.launch.py", bag=str(tmp_path / "nothing"))


def test_a_set_up_workspace_has_this_package_and_its_messages() -> None:
    folders = Path(shared("ros2_ws"), "src").iterdir()
    found = {folder.resolve() for folder in folders if (folder / "package.xml").is_file()}
    assert found == {shared("package.xml").parent, shared("ros2_ws", "src", "specedge_msgs")}
