"""What is taken for a frame, and what is not even looked into."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import EpsImagePlugin, Image

from specedge.commands import Context
from specedge.models.frames import FrameError, decode_frame
from specedge.models.loading import load_model
from tests.models.families import llava


def encoded(kind: str, size: tuple[int, int] = (8, 6)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(data, kind)
    return data.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_jpeg_or_png_picture_is_a_frame(kind: str) -> None:
    assert decode_frame(encoded(kind)).size == (8, 6)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP"])
def test_no_other_picture_is(kind: str) -> None:
    with pytest.raises(FrameError, match="not a JPEG or PNG picture"):
        decode_frame(encoded(kind))


def test_no_program_is_run_for_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    def ghostscript(*_: object) -> Image.Image:
        raise AssertionError("Ghostscript was called")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", ghostscript)
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n"
    with pytest.raises(FrameError):
        decode_frame(script)


def test_a_small_file_of_many_pixels_is_refused() -> None:
    with pytest.raises(FrameError, match="pixels"):
        decode_frame(encoded("PNG", (20_000, 1_000)))


def test_a_long_frame_is_not_padded_to_a_square_that_no_memory_holds(tmp_path: Path) -> None:
    llava(tmp_path)
    model = load_model(tmp_path)
    with pytest.raises(FrameError, match="padded to the model's shape 65500 x 65500"):
        model.prompts.make(encoded("PNG", (65_500, 250)), Context("sit"))
