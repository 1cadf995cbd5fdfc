from __future__ import annotations

import threading
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from specedge.robot.codes import SportApi
from specedge.sim import live as live_module
from specedge.sim.live import LONGEST_STEP, LiveWorld, NoPicture
from specedge.sim.room import make_room
from specedge.sim.services.state_machine import SportStateMachine
from specedge.sim.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(make_room(1)) as world:
        yield world


@pytest.fixture
def machine() -> SportStateMachine:
    return SportStateMachine()


def test_a_picture_is_drawn_by_the_thread_that_steps_the_world(
    world: World, machine: SportStateMachine
) -> None:
    live = LiveWorld(world, machine, picture_size=(196, 112))
    pictures: list[bytes] = []
    thread = threading.Thread(target=lambda: pictures.append(live.capture_jpeg()))
    thread.start()
    while thread.is_alive():
        live.advance()
        thread.join(0.01)
    picture = cv2.imdecode(np.frombuffer(pictures[0], np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture.shape == (112, 196, 3)
    difference = np.abs(picture.astype(int) - world.render(196, 112).astype(int))
    assert difference.mean() < 8.0


def test_simulated_time_follows_the_rate_and_never_leaps(
    world: World, machine: SportStateMachine
) -> None:
    live = LiveWorld(world, machine, rate=4.0)
    before = live.advance().time
    threading.Event().wait(3 * LONGEST_STEP)
    assert live.advance().time - before == pytest.approx(4.0 * LONGEST_STEP)


def test_the_robot_lies_down_and_does_not_walk_until_it_stands(
    world: World, machine: SportStateMachine
) -> None:
    live = LiveWorld(world, machine)
    start = live.pose()
    machine.call(SportApi.STAND_UP)
    machine.move(0.5, 0.0, 0.0)
    live.advance()
    assert live.pose() == start
    assert live.velocity() == (0.0, 0.0, 0.0)


def test_nobody_waits_for_a_picture_of_a_world_that_ends(
    world: World, machine: SportStateMachine
) -> None:
    live = LiveWorld(world, machine, picture_size=(196, 112))
    refusals: list[str] = []

    def ask() -> None:
        try:
            live.capture_jpeg()
        except NoPicture as error:
            refusals.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    live.close()
    for thread in threads:
        thread.join()
    assert refusals == ["the simulator ends and draws no more"] * 3


def test_a_picture_that_nobody_waits_for_any_more_is_not_drawn(
    world: World, machine: SportStateMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveWorld(world, machine, picture_size=(196, 112))
    monkeypatch.setattr(live_module, "PICTURE_PATIENCE", 0.01)
    with pytest.raises(NoPicture, match="too busy"):
        live.capture_jpeg()
    drawn: list[tuple[int, int]] = []
    monkeypatch.setattr(world, "render", lambda *size: drawn.append(size))
    live.advance()
    assert drawn == []
