"""The command as a person uses it: exit codes, files, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from specedge.cli import run
from tests.replay.deciding import HashDecoder
from tests.replay.own_run import OwnRun
from tests.replay.writing import ROS2, frames, write_ros2

pytestmark = pytest.mark.usefixtures("hashing")


def test_a_bag_is_replayed_into_a_file_with_exit_code_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 5))
    out = tmp_path / "out.json"

    assert run(["replay", str(bag), "--mode", "cloud,edge", "--json", str(out)]) == 0

    assert len(json.loads(out.read_text())["frames"]) == 5
    assert "5 frames" in capsys.readouterr().out


def test_ctrl_c_leaves_a_valid_partial_result_and_exit_code_1(
    tmp_path: Path, hashing: HashDecoder
) -> None:
    def press(call: int) -> None:
        if call == 2:
            os.kill(os.getpid(), signal.SIGINT)

    hashing.after = press
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 50))
    before = signal.getsignal(signal.SIGINT)

    code = run(["replay", str(bag), "--mode", "cloud", "--json", str(tmp_path / "out.json")])

    content = json.loads((tmp_path / "out.json").read_text())
    assert code == 1
    assert content["partial"] is True
    assert [frame["frame"] for frame in content["frames"]] == [0, 1, 2]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_that_says_the_same_is_verified_with_exit_code_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_folder = OwnRun(tmp_path / "run").write()
    out = tmp_path / "verified.json"

    assert run(["replay", str(run_folder), "--verify", "--json", str(out)]) == 0
    assert "4 of 4 turns say the same" in capsys.readouterr().out
    assert len(json.loads(out.read_text())["traces"]) == 4


def test_the_first_difference_is_shown_with_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = "red chair: left 5 deg, 2.5 m; turn left 5 deg; walk 1.9 m."
    run_folder = OwnRun(tmp_path / "run", spoils={2: changed}).write()

    assert run(["replay", str(run_folder), "--verify"]) == 1

    told = capsys.readouterr().out
    assert "first difference: turn 2, frame 9, character" in told
    assert f"recorded: {changed}" in told


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (["--mode", "teleport"], "'teleport' is not a mode"),
        (["--start", "-1"], "--start -1.0"),
        (["--every", "0"], "--every 0"),
        (["--rate", "-2"], "--rate -2.0"),
        (["--goal", "sit", "--image-topic", "/absent"], "no topic /absent"),
        (["--goal-topic", "/cam/image"], "not std_msgs/msg/String"),
        (["--rtt-ms", "-3"], "--rtt-ms -3.0"),
        (["--cloud", "tcp://far:1", "--target-ms", "5"], "leave out --cloud"),
        (["--json", "/absent/out.json"], "--json /absent/out.json: there is no such folder"),
        (["--verify"], "no recording that can be verified"),
    ],
)
def test_bad_use_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], cause: str
) -> None:
    bag = write_ros2(tmp_path / "bag", frames(ROS2, 2))

    assert run(["replay", str(bag), *options]) == 2

    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("specedge: ")
    assert cause in line


def test_a_path_that_is_no_bag_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", str(tmp_path / "absent")]) == 2
    assert capsys.readouterr().err == f"specedge: there is no bag {tmp_path / 'absent'}\n"
