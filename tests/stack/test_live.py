from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from specedge.nodes.topics import COMMAND, MOTION, STATUS, TOKENS, TYPES
from specedge.ros.interfaces import interface
from specedge.stack.live import LiveView, PlainView, open_view, panel
from specedge.stack.scene import Scene

TEXT = "red chair: left 25 deg, 2.5 m; turn left 25 deg; walk 1.5 m."


def message(topic: str, **values: Any) -> Any:
    return interface(TYPES[topic])(**values)


def status(turn: int, **values: Any) -> Any:
    return message(
        STATUS,
        state="acting",
        goal="go to the red chair",
        turn=turn,
        mode="preemptive",
        text=TEXT,
        latency=0.42,
        first_action_latency=0.2,
        acceptance=0.75,
        tokens=20,
        target_passes=7,
        **values,
    )


def a_run() -> list[tuple[str, Any]]:
    return [
        (TOKENS, message(TOKENS, turn=1, kind=0, texts=["blue", " chair"], sources=[0, 0])),
        (TOKENS, message(TOKENS, turn=1, kind=2, texts=["blue"], sources=[0])),
        (TOKENS, message(TOKENS, turn=1, kind=1, texts=["red"], sources=[1])),
        (COMMAND, message(COMMAND, turn=1, text=TEXT, complete=True)),
        (STATUS, status(1)),
        (MOTION, message(MOTION, state="moving", action="walk 1.5 m", progress=0.5)),
        (MOTION, message(MOTION, state="moving", action="walk 1.5 m", limits=["speed: 0.6 m/s"])),
        (MOTION, message(MOTION, state="ready", finished_turn=1, outcome="ok")),
    ]


def drawn(scene: Scene) -> str:
    console = Console(file=io.StringIO(), width=120, force_terminal=True, color_system="standard")
    console.print(panel(scene))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_without_a_terminal_every_event_is_one_line() -> None:
    output = io.StringIO()
    with open_view("go to the red chair", "preemptive", output) as view:
        assert isinstance(view, PlainView)
        view.part("camera_node", "ready")
        for topic, content in a_run():
            view.take(topic, content)
    said = [line.split("] ", 1)[1] for line in output.getvalue().splitlines()]
    assert said == [
        "camera_node: ready",
        f"turn 1: {TEXT}  [red chair to the left (25°), 2.5 m away]",
        "state: acting",
        "  decoded in 420 ms, first action after 200 ms, 7 target passes, 75 % of drafts accepted",
        "robot: moving",
        "  doing: walk 1.5 m",
        "  limit: speed: 0.6 m/s",
        "robot: ready",
        "  turn 1 ended: ok",
    ]


def test_the_same_news_twice_is_told_once() -> None:
    scene = Scene()
    assert scene.take(STATUS, status(1))
    assert scene.take(STATUS, status(1)) == []


def test_a_new_turn_begins_a_new_line_of_tokens() -> None:
    scene = Scene()
    for topic, content in a_run():
        scene.take(topic, content)
    scene.take(TOKENS, message(TOKENS, turn=2, kind=0, texts=["order"], sources=[0]))
    assert [span.text for span in scene.tokens.spans()] == ["order"]


def test_the_panel_shows_goal_sight_tokens_action_and_turns() -> None:
    scene = Scene(goal="go to the red chair", mode="preemptive")
    for topic, content in a_run()[:-1]:
        scene.take(topic, content)
    text = drawn(scene)
    for part in ("go to the red chair", "2.5 m away", "walk 1.5 m", "speed: 0.6 m/s", "420 ms"):
        assert part in text


def test_verified_tokens_are_green_and_rejected_ones_struck_out_in_red() -> None:
    scene = Scene()
    for topic, content in a_run()[:3]:
        scene.take(topic, content)
    text = drawn(scene)
    assert "\x1b[9;31mblue" in text
    assert "\x1b[1;32mred" in text


@pytest.mark.parametrize("text", ["[bold]not markup[/bold]", "[/]"])
def test_words_of_a_model_are_never_read_as_markup(text: str) -> None:
    scene = Scene(goal=text, detail=text, state=text)
    scene.take(TOKENS, message(TOKENS, turn=1, kind=1, texts=[text], sources=[1]))
    assert text in drawn(scene)


def test_a_live_view_draws_what_it_is_told() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    output = Terminal()
    with open_view("go to the red chair", "preemptive", output) as view:
        assert isinstance(view, LiveView)
        view.part("camera_node", "starting")
        for topic, content in a_run():
            view.take(topic, content)
    assert "go to the red chair" in output.getvalue()
