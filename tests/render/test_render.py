from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from specedge.cli import run as command_line
from specedge.render.course import MOST_POINTS, Line, read_course
from specedge.render.errors import RenderError
from specedge.render.run import render_run
from specedge.render.video import LONGEST_STILL_S, VideoSettings, write_video
from specedge.replay.bags import Bag
from tests.render import bags
from tests.report import browser

SETTINGS = VideoSettings(rate=10.0, width=320)


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    return bags.write(tmp_path / "run" / "bag").parent


def pictures(file: Path) -> list[np.ndarray]:
    video = cv2.VideoCapture(str(file))
    read = []
    while (drawn := video.read())[0]:
        read.append(drawn[1])
    video.release()
    return read


def test_a_run_becomes_a_video_and_pictures_in_its_folder(bag: Path) -> None:
    rendered = render_run(bag, None, SETTINGS)
    assert [file.name for file in rendered.files] == ["path.png", "speed.png", "video.mp4"]
    assert rendered.notes == ()
    for file in rendered.files[:2]:
        drawn = cv2.imread(str(bag / file.name))
        assert drawn is not None
        assert drawn.std() > 5.0


def test_a_video_is_as_long_as_its_bag_and_moves(bag: Path) -> None:
    with Bag(bag) as opened:
        count, notes = write_video(opened, bag / "video.mp4", SETTINGS)
    shown = pictures(bag / "video.mp4")
    assert (len(shown), notes) == (count, [])
    assert 29 <= count <= 32
    first, last = shown[2].astype(int), shown[-1].astype(int)
    camera = slice(0, bags.HEIGHT)
    assert np.abs(first[camera] - last[camera]).max() > 100
    panel = slice(bags.HEIGHT, None)
    assert np.abs(first[panel] - last[panel]).max() > 60


def test_a_rejected_token_is_drawn_red_and_a_drafted_one_in_its_colour(bag: Path) -> None:
    with Bag(bag) as opened:
        write_video(opened, bag / "video.mp4", VideoSettings(width=960))
    panel = cv2.cvtColor(pictures(bag / "video.mp4")[-1][540:], cv2.COLOR_BGR2HSV)
    bright = (panel[..., 1] > 90) & (panel[..., 2] > 120)
    hue = panel[..., 0]
    assert (bright & ((hue < 8) | (hue > 172))).sum() > 20  # rejected
    assert (bright & (hue > 14) & (hue < 24)).sum() > 20  # had first by the draft
    assert (bright & (hue > 102) & (hue < 115)).sum() > 20  # the target's own


def test_a_long_silence_is_cut_short(tmp_path: Path) -> None:
    with Bag(bags.write(tmp_path / "bag", gap=60.0)) as opened:
        count, _ = write_video(opened, tmp_path / "video.mp4", SETTINGS)
    assert count <= 10 * (3.0 + LONGEST_STILL_S) + 4


def test_a_bag_without_a_picture_makes_no_video(tmp_path: Path) -> None:
    folder = bags.write(tmp_path / "bag", frames=0)
    with Bag(folder) as opened, pytest.raises(RenderError, match="no picture"):
        write_video(opened, tmp_path / "video.mp4", SETTINGS)
    assert not list(tmp_path.glob("video*"))


def test_an_interrupted_video_leaves_no_file(bag: Path) -> None:
    def interrupt(at: float) -> None:
        if at > 1.0:
            raise KeyboardInterrupt

    with Bag(bag) as opened, pytest.raises(KeyboardInterrupt):
        write_video(opened, bag / "video.mp4", SETTINGS, interrupt)
    assert not list(bag.glob("video*"))


@pytest.mark.parametrize("wrong", [{"rate": 0.0}, {"rate": float("nan")}, {"width": 10}])
def test_settings_that_make_no_video_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(RenderError):
        VideoSettings(**wrong)


def test_a_long_line_is_thinned_evenly() -> None:
    line = Line()
    for number in range(10 * MOST_POINTS):
        line.add(float(number), 1.0)
    assert MOST_POINTS <= len(line) <= 2 * MOST_POINTS
    assert len(set(np.diff(line.points[0]))) == 1
    line.add(float("nan"), 1.0)
    assert not np.isnan(line.points[0]).any()


def test_a_course_has_what_the_topics_told(bag: Path) -> None:
    with Bag(bag) as opened:
        course = read_course(opened)
    assert len(course.speed) == len(course.path) == 30
    assert course.speed.points[1][0] == pytest.approx(0.4)
    assert course.latency.points[1].tolist() == pytest.approx([0.1, 0.11, 0.12])


def test_the_command_prints_what_it_made(bag: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["render", str(bag), "--width", "320"]) == 0
    assert str(bag / "video.mp4") in capsys.readouterr().out


def test_a_path_that_is_no_run_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["render", str(tmp_path / "nothing")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.slow
def test_a_long_video_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from specedge.replay.bags import Bag; "
        "from specedge.render.video import *; "
        "write_video(Bag(Path(sys.argv[1])), Path(sys.argv[2]), VideoSettings(width=160)); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak(frames: int) -> int:
        folder = bags.write(tmp_path / str(frames), frames=frames)
        command = [sys.executable, "-c", program, str(folder), str(tmp_path / f"{frames}.mp4")]
        return int(subprocess.run(command, capture_output=True, check=True).stdout)

    assert peak(1500) - peak(100) < 30_000  # KiB; the pictures alone would be 250 MB


@pytest.mark.slow
@pytest.mark.parametrize("playable", [True, False])
def test_a_browser_plays_it(bag: Path, tmp_path: Path, playable: bool) -> None:
    video = bag / "video.mp4"
    if playable:
        with Bag(bag) as opened:
            write_video(opened, video, SETTINGS)
    else:  # what OpenCV's own codec for MP4 gives
        writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"mp4v"), 10, (320, 256))
        writer.write(np.zeros((256, 320, 3), np.uint8))
        writer.release()
    page = tmp_path / "page.html"
    page.write_text(
        "<body><script>const v = document.createElement('video'); v.preload = 'auto';"
        "v.onloadeddata = () => document.body.append(`plays ${v.videoWidth}x${v.videoHeight}`);"
        f"v.onerror = () => document.body.append('refused'); v.src = '{video.as_uri()}';"
        "document.body.append(v);</script></body>"
    )
    found, _ = browser.run(
        tmp_path / "profile", "--dump-dom", "--virtual-time-budget=5000", page.as_uri()
    )
    assert ("plays 320x" in found) is playable
    assert ("refused" in found.split("</script>")[1]) is not playable
