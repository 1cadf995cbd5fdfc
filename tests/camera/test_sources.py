from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from specedge.camera import jpeg
from specedge.camera.intrinsics import FieldOfViewError, Intrinsics
from specedge.camera.sources import Picture, PictureSource, SourceUnusable, open_source


def write(path: Path, shade: int, size: tuple[int, int] = (48, 64)) -> None:
    cv2.imwrite(str(path), np.full((*size, 3), shade, np.uint8))


def shades(source: PictureSource, count: int) -> list[int]:
    seen: list[int] = []
    picture: Picture | None = None
    try:
        while len(seen) < count:
            picture = source.next(picture, timeout=10.0)
            assert picture is not None, source.fault()
            image = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
            assert image is not None
            seen.append(round(float(image.mean()), -1))
    finally:
        source.close()
    return seen


def test_a_folder_is_shown_in_the_order_of_its_names_again_and_again(tmp_path: Path) -> None:
    write(tmp_path / "b.png", 200)
    write(tmp_path / "a.jpg", 100)
    (tmp_path / "notes.txt").write_text("no picture")
    seen = shades(open_source(str(tmp_path), rate=20.0), 4)
    first = seen.index(100)
    assert first in (0, 1)
    assert seen[first : first + 3] == [100, 200, 100]


def test_a_video_is_shown_again_when_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    film = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20.0, (64, 48))
    for shade in (60, 120, 180):
        film.write(np.full((48, 64, 3), shade, np.uint8))
    film.release()
    seen = shades(open_source(str(path), rate=20.0), 5)
    assert set(seen) == {60, 120, 180}


@pytest.mark.parametrize("name", ["nowhere", "device:x", "device:99"])
def test_a_source_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(SourceUnusable, match=name):
        open_source(name)


def test_a_folder_without_pictures_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match="no pictures"):
        open_source(str(tmp_path))


def test_a_picture_that_cannot_be_read_is_a_fault_and_not_the_end_of_the_process(
    tmp_path: Path,
) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture at all")
    source = open_source(str(tmp_path), rate=20.0)
    try:
        assert source.next(None, timeout=5.0) is None
        assert "broken.png" in source.fault()
    finally:
        source.close()


def test_a_picture_that_is_deleted_meanwhile_is_named(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write(tmp_path / name, 10)
    source = open_source(str(tmp_path), rate=20.0)
    try:
        first = source.next(None, timeout=5.0)
        assert first is not None
        for name in ("a.png", "b.png"):
            (tmp_path / name).unlink(missing_ok=True)
        newer = first
        while (later := source.next(newer, timeout=5.0)) is not None:
            newer = later
        assert ".png" in source.fault()
    finally:
        source.close()


@pytest.mark.parametrize("size", [(48, 64), (360, 640), (1, 1)])
def test_the_size_of_a_jpeg_is_read_from_its_header(tmp_path: Path, size: tuple[int, int]) -> None:
    write(tmp_path / "a.jpg", 10, size)
    assert jpeg.size((tmp_path / "a.jpg").read_bytes()) == (size[1], size[0])


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xd8", b"PNG" * 10, b"\xff" * 50])
def test_what_is_no_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(jpeg.NotAPicture):
        jpeg.size(data)


def test_the_focal_length_follows_from_the_field_of_view() -> None:
    model = Intrinsics.from_field(640, 360, math.pi / 2)
    assert model.focal == pytest.approx(320.0)
    assert model.matrix[2] == 320.0
    assert model.matrix[5] == 180.0
    assert len(model.projection) == 12


@pytest.mark.parametrize("field", [0.0, math.pi, -1.0, math.nan])
def test_a_field_of_view_that_no_camera_has_is_refused(field: float) -> None:
    with pytest.raises(FieldOfViewError):
        Intrinsics.from_field(640, 360, field)
