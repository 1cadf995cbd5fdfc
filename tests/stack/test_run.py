"""The whole stack against the simulated Go2, with an expert in place of the models."""

from __future__ import annotations

import io
import json
import os
import queue
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from rosbags.highlevel import AnyReader

from specedge.nodes.topics import COMMAND, MOTION, STATUS, TYPES
from specedge.sim.room import make_room
from specedge.stack import run as running
from specedge.stack.choose import prepare
from specedge.stack.description import Options, Process, processes
from specedge.stack.errors import StackError
from specedge.stack.events import Events, Heard, Interrupted
from specedge.stack.goals import seed_of_room_with
from specedge.stack.live import PlainView
from specedge.stack.report import RunReport

GOAL = "go to the red chair"
TOUR = 240.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


class ActingView(PlainView):
    """Writes lines, and does something once when a line has the awaited words."""

    def __init__(self, awaited: str = "", act: Callable[[], None] = lambda: None) -> None:
        self.output = io.StringIO()
        super().__init__(GOAL, "edge", self.output)
        self._awaited, self._act = awaited, act

    def say(self, text: str) -> None:
        super().say(text)
        if self._awaited and self._awaited in text:
            self._awaited = ""
            self._act()


@pytest.fixture
def options(tmp_path: Path, dds_domain: int) -> Options:
    models = tmp_path / "models"
    for role in ("target", "draft"):
        (models / role).mkdir(parents=True)
        (models / role / "config.json").write_text("{}")
        (models / role / "tokenizer.json").write_text('{"model": {"vocab": {}}}')
    seed = seed_of_room_with("red chair")
    made = Options(tmp_path / "run", simulated=True, mode="edge", seed=seed, models=models)
    prepare(made)
    return made


@pytest.fixture(autouse=True)
def _expert(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(__file__).parent / "processes"

    def with_expert(options: Options) -> tuple[Process, ...]:
        environment = {
            "PYTHONPATH": str(folder),
            "ORACLE_RUN": str(options.run),
            "ORACLE_SEED": str(options.seed),
        }
        return tuple(
            replace(process, module="oracle_vlm_node", environment=environment)
            if process.name == "vlm_node"
            else process
            for process in processes(options)
        )

    monkeypatch.setattr(running, "processes", with_expert)


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


def child(words: str) -> psutil.Process:
    children = psutil.Process().children(recursive=True)
    return next(process for process in children if words in " ".join(process.cmdline()))


def test_the_named_object_is_reached_and_the_run_folder_tells_how(options: Options) -> None:
    view = ActingView()
    report = running.run(options, GOAL, TOUR, view)
    said = view.output.getvalue()
    assert report.obeyed, said
    summary = json.loads((options.run / "summary.json").read_text())
    assert summary["end"] == "reached"
    assert summary["reached"] is summary["claimed"] is True
    assert summary["object_reached"] == "red chair"
    assert summary["distance_m"] <= 0.8
    assert abs(summary["bearing_deg"]) <= 20.0
    assert summary["path_length_m"] > 0.5
    assert summary["turns"] >= 2
    assert summary["peak_memory_mib"]["total"] > summary["peak_memory_mib"]["simulator"] > 0
    assert (options.run / "path.png").read_bytes().startswith(b"\x89PNG")
    assert {file.stem for file in (options.run / "logs").iterdir()} == {
        process.name for process in processes(options)
    }
    check_bag(report)
    assert "doing: walk" in said


def check_bag(report: RunReport) -> None:
    heard: dict[str, Any] = {}
    with AnyReader([report.folder / "bag"]) as reader:
        for connection, _, data in reader.messages():
            heard[connection.topic] = reader.deserialize(data, connection.msgtype)
    assert set(heard) == set(TYPES)
    assert heard["/specedge/goal"].data == GOAL
    assert heard["/specedge/status"].state == "reached"
    assert heard["/odom"].header.frame_id == "odom"


def test_an_object_that_the_room_lacks_is_given_up(options: Options) -> None:
    missing = "go to the green sofa"
    assert make_room(options.seed).find("green sofa") is None
    report = running.run(options, missing, TOUR, ActingView())
    assert not report.obeyed
    assert report.figures["end"] == "cannot"
    assert report.figures["detail"] == "not found"


def test_a_goal_that_takes_too_long_ends_the_run(options: Options) -> None:
    report = running.run(options, GOAL, 1.0, ActingView())
    assert not report.obeyed
    assert report.figures["end"] == "timeout"


def test_a_process_that_dies_ends_the_run_and_is_named(options: Options) -> None:
    view = ActingView("doing:", lambda: child("specedge.nodes.camera_node").kill())
    report = running.run(options, GOAL, TOUR, view)
    assert not report.obeyed
    assert report.figures["end"] == "child died"
    assert "camera_node ended (signal 9)" in report.sentence
    assert report.figures["stopped"] is True


def test_an_interrupt_stops_the_robot_and_ends_the_run(options: Options) -> None:
    view = ActingView("doing:", lambda: os.kill(os.getpid(), signal.SIGINT))
    report = running.run(options, GOAL, TOUR, view)
    assert not report.obeyed
    assert report.figures["end"] == "interrupted"
    assert report.figures["stopped"] is True


@pytest.mark.parametrize("topic", [STATUS, MOTION])
def test_a_stack_that_is_on_the_same_topics_is_not_joined(topic: str) -> None:
    events: Events = queue.SimpleQueue()
    events.put(Heard(COMMAND, None))
    events.put(Heard(topic, None))
    with pytest.raises(StackError, match="ROS_DOMAIN_ID of its own"):
        running.refuse_company(events)


def test_an_interrupt_while_listening_for_company_is_not_lost() -> None:
    events: Events = queue.SimpleQueue()
    events.put(Interrupted(2))
    running.refuse_company(events)
    assert events.get_nowait() == Interrupted(2)
