"""Every bad use is one clear line on stderr and exit code 2, and nothing is started."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from specedge.cli import run
from specedge.protocol.security import make_keys

GOAL = ("--sim", "--goal", "go to the red chair")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for role in ("target", "draft"):
        (tmp_path / role).mkdir()
        (tmp_path / role / "config.json").write_text("{}")
        (tmp_path / role / "tokenizer.json").write_text('{"model": {"vocab": {"red": 0}}}')
    return tmp_path


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    before = set(psutil.Process().children())
    assert run(list(arguments)) == 2
    assert set(psutil.Process().children()) <= before
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("specedge: ")
    return lines[0]


def test_an_empty_goal(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no goal" in complaint(capsys, "up", "--sim", "--goal", "  ")


def test_a_verifier_key_without_a_verifier_elsewhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    public, _ = make_keys(tmp_path)
    assert "--cloud" in complaint(capsys, "up", *GOAL, "--verifier-key", str(public))


@pytest.mark.parametrize("command", ["verifier --keys", "up --verifier-key"])
def test_a_key_that_is_none(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    path = tmp_path / "verifier.key"
    path.touch()
    name, option = command.split()
    more = (*GOAL, "--cloud", "tcp://127.0.0.1:1") if name == "up" else ()
    assert "specedge keygen" in complaint(capsys, name, *more, option, str(path))


def test_keys_that_are_there_already(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    make_keys(tmp_path)
    assert "--out" in complaint(capsys, "keygen", "--out", str(tmp_path))


def test_an_unknown_mode(capsys: pytest.CaptureFixture[str]) -> None:
    said = complaint(capsys, "up", *GOAL, "--mode", "telepathy")
    assert "'telepathy'" in said
    assert "preemptive" in said


def test_a_robot_without_an_interface(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--network-interface" in complaint(capsys, "up", "--goal", "sit")


def test_a_network_interface_that_is_none(capsys: pytest.CaptureFixture[str], models: Path) -> None:
    said = complaint(capsys, "up", "--network-interface", "nonesuch0", "--models", str(models))
    assert "nonesuch0" in said


@pytest.mark.parametrize("timeout", ["0", "-3", "nan"])
def test_a_timeout_that_is_no_time(capsys: pytest.CaptureFixture[str], timeout: str) -> None:
    assert "timeout" in complaint(capsys, "up", *GOAL, "--timeout", timeout)


def test_a_topic_of_a_bag_without_a_bag(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--bag" in complaint(capsys, "up", "--sim", "--goal", "sit", "--image-topic", "/camera")


def test_a_word_where_a_number_belongs(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--seed" in complaint(capsys, "up", *GOAL, "--seed", "first")


def test_an_option_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--sede" in complaint(capsys, "up", *GOAL, "--sede", "1")


def test_a_command_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert "fly" in complaint(capsys, "fly")


def test_a_model_folder_that_is_not_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = complaint(capsys, "up", *GOAL, "--models", str(tmp_path))
    assert "no model folder" in said


def test_a_draft_and_a_target_with_different_tokenizers(
    capsys: pytest.CaptureFixture[str], models: Path
) -> None:
    vocabulary = {"model": {"vocab": {"blue": 0}}}
    (models / "draft" / "tokenizer.json").write_text(json.dumps(vocabulary))
    said = complaint(capsys, "up", *GOAL, "--models", str(models))
    assert "different tokenizers" in said


@pytest.mark.parametrize("option", ["--cloud", "--bind"])
@pytest.mark.parametrize("endpoint", ["nowhere", "tcp://127.0.0.1", "tcp://127.0.0.1:70000"])
def test_an_endpoint_that_is_none(
    capsys: pytest.CaptureFixture[str], option: str, endpoint: str
) -> None:
    assert endpoint in complaint(capsys, "up", "--sim", "--goal", "sit", option, endpoint)


def test_a_verifier_at_a_port_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert ":70000" in complaint(capsys, "verifier", "--bind", "tcp://127.0.0.1:70000")


def test_a_folder_of_exits_without_exits(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "exits.json" in complaint(capsys, "verifier", "--exits", str(tmp_path))


def test_a_busy_port(capsys: pytest.CaptureFixture[str], models: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        endpoint = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        said = complaint(capsys, "up", *GOAL, "--models", str(models), "--bind", endpoint)
    assert endpoint in said


def test_a_run_folder_with_something_in_it(
    capsys: pytest.CaptureFixture[str], models: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    used = tmp_path_factory.mktemp("used")
    (used / "summary.json").write_text("{}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    said = complaint(
        capsys, "up", *GOAL, "--models", str(models), "--run-dir", str(used), "--bind", free
    )
    assert "not an empty folder" in said


def test_a_machine_without_a_gl_library(
    capsys: pytest.CaptureFixture[str], models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("specedge.stack.checks.has_graphics", lambda backend: False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    said = complaint(capsys, "up", *GOAL, "--models", str(models), "--bind", free)
    assert "libosmesa6" in said


def test_the_demo_script_without_a_goal() -> None:
    script = Path(__file__).resolve().parents[2] / "scripts" / "demo.sh"
    done = subprocess.run([script], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_help_answers_without_loading_a_model_or_a_graph() -> None:
    program = (
        "import sys; from specedge.cli import run; run(['up', '--help']); "
        "print(sorted({'torch', 'mujoco', 'cyclonedds', 'rclpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
    )
    assert "--network-interface" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--top-k", "-1"),
        ("--top-k", "5000000000"),
        ("--top-p", "0"),
        ("--gamma", "33"),
        ("--patience", "1.5"),
        ("--without", "rumour"),
    ],
)
def test_decoding_options_outside_their_limits(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, value: str
) -> None:
    picture = tmp_path / "frame.jpg"
    picture.write_bytes(b"")
    said = complaint(
        capsys, "decode", "--image", str(picture), "--goal", "sit", f"{option}={value}"
    )
    assert value in said


def test_a_file_that_is_no_picture(capsys: pytest.CaptureFixture[str]) -> None:
    said = complaint(capsys, "decode", "--image", __file__, "--goal", "sit")
    assert said.endswith("bytes) is not a JPEG or PNG picture")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--verify", "--mode", "cloud"], "--mode: with --verify"),
        (["--verify", "--report", "page.html", "--goal", "sit"], "--goal, --report: with --verify"),
        (["--verifier-key", "verifier.key"], "--cloud"),
    ],
)
def test_options_of_a_replay_that_would_be_without_effect(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert reason in complaint(capsys, "replay", "nowhere", *arguments)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--grid", "--regime", "paper-go2"], "leave out --regime"),
        (["--time-scale", "0.5"], "--regime other than native"),
        (["--ablation", "--modes", "cloud"], "leave out --modes"),
        (["--goal", "sit"], "--bag"),
        (["--timeline", __file__], "--timeline"),
    ],
)
def test_options_of_a_bench_that_would_be_without_effect(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert reason in complaint(capsys, "bench", "decode", *arguments)


@pytest.mark.parametrize("command", [["decode", "--image", __file__], ["up", "--sim"]])
def test_a_goal_of_bytes_that_are_no_text(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert "no text in UTF-8" in complaint(capsys, *command, "--goal", "go\udcff")


@pytest.mark.parametrize("command", [["decode", "--image", __file__, "--goal", "sit"],
                                     ["bench", "robot"], ["bench", "decode"],
                                     ["replay", "nowhere"]])  # fmt: skip
def test_a_result_that_cannot_be_written_is_told_before_the_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: list[str]
) -> None:
    assert "is a folder" in complaint(capsys, *command, "--json", str(tmp_path))
    missing = tmp_path / "nowhere" / "x.json"
    assert "no such folder" in complaint(capsys, *command, "--json", str(missing))


def test_what_the_system_refuses_is_told_with_its_path(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert complaint(capsys, "train", "data", "--out", str(file)) == (
        f"specedge: {file / 'held_out'}: Not a directory"
    )


def test_a_group_of_commands_without_one_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench"]) == 2
    captured = capsys.readouterr()
    assert "robot" in captured.out
    assert captured.err == ""
