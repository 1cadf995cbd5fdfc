from __future__ import annotations

import math

import numpy as np
import pytest

from specedge.sim.camera import MOUNT, CameraMount, vertical_field
from specedge.sim.objects import COLOURS, KINDS
from specedge.sim.room import PlacedObject, make_room
from specedge.sim.services.body import Posture
from specedge.sim.world import World

LENS = MOUNT[0]
WIDTH, HEIGHT = 392, 224


def coloured(picture: np.ndarray, colour: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels whose hue is that of a colour."""
    wanted = np.array(COLOURS[colour])
    pixels = picture.astype(float)
    brightness = np.linalg.norm(pixels, axis=2)
    likeness = pixels @ wanted / np.linalg.norm(wanted) / np.maximum(brightness, 1.0)
    return np.nonzero((likeness > 0.97) & (brightness > 30))


def test_what_stands_straight_ahead_is_in_the_middle_of_the_picture(world, furnish):
    world.load(furnish(PlacedObject("ball", "red", 2.0, 0.0, 0.0)))
    _, columns = coloured(world.render(WIDTH, HEIGHT), "red")
    assert columns.mean() == pytest.approx((WIDTH - 1) / 2, abs=1.0)


def test_what_stands_to_the_left_is_on_the_left_where_the_lens_puts_it(world, furnish):
    bearing = math.radians(30)
    ball = PlacedObject("ball", "red", LENS + 2 * math.cos(bearing), 2 * math.sin(bearing), 0.0)
    world.load(furnish(ball))
    _, columns = coloured(world.render(WIDTH, HEIGHT), "red")
    focal = WIDTH / 2 / math.tan(math.radians(89 / 2))
    assert columns.mean() == pytest.approx(WIDTH / 2 - focal * math.tan(bearing), abs=4.0)


@pytest.mark.parametrize(("bearing", "seen"), [(43.0, True), (-43.0, True), (52.0, False)])
def test_the_horizontal_field_of_view_is_89_degrees(world, furnish, bearing, seen):
    angle = math.radians(bearing)
    ball = PlacedObject("ball", "red", LENS + 2.4 * math.cos(angle), 2.4 * math.sin(angle), 0.0)
    world.load(furnish(ball))
    assert (0 in world.visible()) is seen


def test_the_vertical_field_follows_from_square_pixels():
    assert vertical_field(1280, 720) == pytest.approx(57.9, abs=0.1)
    assert vertical_field(500, 500) == pytest.approx(89.0)


def test_the_camera_is_as_high_as_the_robot_carries_it(world, furnish):
    # The top of a thing as high as the lens lies on the horizon, the middle row.
    high = PlacedObject("box", "red", 2.0, 0.0, 0.0, scale=(0.32 + MOUNT[2]) / 0.40)
    world.load(furnish(high))
    rows, _ = coloured(world.render(WIDTH, HEIGHT), "red")
    assert rows.min() == pytest.approx(HEIGHT / 2, abs=1.5)


def test_a_camera_that_nods_or_leans_sees_things_elsewhere(world, furnish):
    room = furnish(PlacedObject("ball", "red", 2.0, 0.5, 0.0))
    world.load(room)
    level = np.mean(coloured(world.render(WIDTH, HEIGHT), "red"), axis=1)
    world.load(room, CameraMount(pitch=0.1))
    nodding = np.mean(coloured(world.render(WIDTH, HEIGHT), "red"), axis=1)
    world.load(room, CameraMount(roll=0.1))
    leaning = np.mean(coloured(world.render(WIDTH, HEIGHT), "red"), axis=1)
    assert nodding[0] < level[0] - 10
    # The right side is lower, so the world turns the other way: what is on the left sinks.
    assert leaning[0] > level[0] + 2
    world.load(room)
    assert np.mean(coloured(world.render(WIDTH, HEIGHT), "red"), axis=1) == pytest.approx(level)


def test_what_is_hidden_behind_something_else_is_not_visible(world, furnish):
    near = PlacedObject("sofa", "blue", 1.4, 0.0, 0.0)
    far = PlacedObject("ball", "red", 2.6, 0.0, 0.0)
    world.load(furnish(near, far))
    assert set(world.visible()) == {0}
    world.load(furnish(far))
    assert set(world.visible()) == {0}


def test_the_threshold_for_being_visible_is_in_pixels(world, furnish):
    world.load(furnish(PlacedObject("ball", "red", 2.0, 0.0, 0.0)))
    pixels = world.visible()[0]
    assert 0 in world.visible(min_pixels=pixels)
    assert 0 not in world.visible(min_pixels=pixels + 1)


def test_a_reused_model_draws_a_room_like_a_fresh_one(world):
    room = make_room(12)
    for seed in (3, 4, 5):
        world.load(make_room(seed))
        world.render(WIDTH, HEIGHT)
    world.load(room)
    reused = world.render(WIDTH, HEIGHT)
    with World(room) as fresh:
        assert np.array_equal(fresh.render(WIDTH, HEIGHT), reused)


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_a_colour_is_nearer_to_its_own_name_than_to_any_other(world, furnish, colour):
    world.load(furnish(PlacedObject("ball", colour, 1.5, 0.0, 0.0)))
    picture = world.render(WIDTH, HEIGHT).astype(float) / 255
    ball = picture[100:125, 185:207].reshape(-1, 3).mean(axis=0)
    brightest = ball / ball.max()
    nearest = min(
        COLOURS,
        key=lambda name: np.abs(np.array(COLOURS[name]) / max(COLOURS[name]) - brightest).sum(),
    )
    assert nearest == colour


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_named_colour_covers_most_of_every_kind(world, furnish, kind):
    world.load(furnish(PlacedObject(kind, "red", 1.8, 0.0, math.pi)))
    pixels = world.visible()[0]
    rows, _ = coloured(world.render(196, 112), "red")
    assert len(rows) > 0.6 * pixels


def test_the_picture_from_above_puts_things_where_its_helper_says(world, furnish):
    world.load(furnish(PlacedObject("ball", "red", 1.5, -2.0, 0.0), size=(5.5, 6.2)))
    rows, columns = coloured(world.render_above(640, 480), "red")
    column, row = world.pixel_above(1.5, -2.0, 640, 480)
    assert columns.mean() == pytest.approx(column, abs=4)
    assert rows.mean() == pytest.approx(row, abs=4)


def test_the_robot_is_seen_from_above_but_not_by_its_own_camera(world, furnish):
    world.load(furnish())
    before = world.render_above(320, 240)
    own = world.render(196, 112)
    world.place(1.0, 0.0, 0.0)
    assert (world.render_above(320, 240) != before).any(axis=2).sum() > 50
    world.place(0.0, 0.0, 0.0)
    for _ in range(10):
        world.step(0.02, (0.0, 0.0, 0.0))
    assert np.array_equal(world.render(196, 112), own)


def test_the_gait_moves_the_legs_only_while_the_base_moves(world, furnish):
    world.load(furnish())
    still = world.joints
    for _ in range(15):
        world.step(0.02, (0.5, 0.0, 0.0))
    moving = world.joints
    assert np.abs(moving - still).max() > 0.1
    for _ in range(100):
        world.step(0.02, (0.0, 0.0, 0.0))
    assert world.joints == pytest.approx(still)


def test_a_robot_that_lies_or_sits_does_not_walk_until_it_stands(world, furnish):
    world.load(furnish())
    for _ in range(100):
        world.step(0.02, (0.0, 0.0, 0.0), Posture.LYING)
    assert world.body_height < 0.15
    for _ in range(50):
        world.step(0.02, (0.5, 0.0, 0.0), Posture.SITTING)
    assert math.hypot(world.pose.x, world.pose.y) < 1e-6
    for _ in range(150):
        world.step(0.02, (0.5, 0.0, 0.0), Posture.STANDING)
    assert world.standing
    assert world.pose.x > 0.2


def test_pictures_of_the_same_place_are_the_same_bytes(world):
    room = make_room(3)
    world.load(room)
    first = world.render(WIDTH, HEIGHT)
    world.place(0.0, 0.0, 1.0)
    world.render(WIDTH, HEIGHT)
    world.place(room.start.x, room.start.y, room.start.yaw)
    assert np.array_equal(world.render(WIDTH, HEIGHT), first)


def test_a_world_draws_again_after_its_renderers_were_closed(world):
    before = world.render(98, 56)
    world.close()
    assert np.array_equal(world.render(98, 56), before)
