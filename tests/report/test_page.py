from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import pytest

from specedge.report import ReportError, ReportLimits, write_report
from tests.report import browser
from tests.report.making import GOAL, replay

VOID = {"meta", "link", "img", "br"}


class Reader(HTMLParser):
    """Collects elements and visible text, and sees to it that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_report(replay(folder), folder / "report.html")
    return folder / "report.html"


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    reader.close()
    assert not reader.open
    return reader


def test_a_page_asks_nothing_of_any_network(page: Path) -> None:
    content = page.read_text(encoding="utf-8")
    names = re.findall(r'xmlns(?::\w+)?="[^"]*"|<!DOCTYPE[^>]*>', content, re.IGNORECASE)
    for name in names:
        content = content.replace(name, "")
    assert not re.findall(r"https?:|//\w+\.\w", re.sub(r"base64,[\w+/=]+", "", content))
    for tag, attributes in read(page).elements:
        assert tag not in ("script", "iframe", "object")
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "data:,").startswith(("data:", "#"))


def test_what_comes_from_the_bag_is_text_and_never_markup(page: Path) -> None:
    reader = read(page)
    assert GOAL in reader.text
    assert not [attributes for _, attributes in reader.elements if "onclick" in attributes]
    assert "the verifier is silent <i>again</i>" in reader.text
    assert "a picture of 0 × 0 <pixels>" in reader.text


def test_it_says_which_modes_disagree_and_shows_the_frames(page: Path) -> None:
    text = read(page).text
    assert "cloud, streaming must agree, but differ in 1 frame." in text
    assert "modes that must agree do not: 1 of 40 frames" in text
    assert "not what was recorded: 2 of 40 frames" in text
    assert "red chair: left 30 deg, 2.4 m; walk 0.5 m." in text
    assert "streaming gave no command for 1 frame." in text


def test_a_frame_that_came_too_late_is_told_from_one_that_failed(tmp_path: Path) -> None:
    write_report(replay(tmp_path, frames=16), tmp_path / "page.html")
    text = read(tmp_path / "page.html").text
    assert text.count("not decoded: too late") == 1
    assert text.count("the verifier is silent") == 1


def test_a_token_has_the_colour_of_who_had_it_first_and_wrong_ones_are_struck(page: Path) -> None:
    classes = [attributes.get("class") for tag, attributes in read(page).elements if tag == "span"]
    for source in ("draft", "exit", "self", "history", "forced", "target"):
        assert classes.count(f"t {source} verified") > 20
    assert classes.count("t draft rejected") > 10


def test_a_long_replay_makes_a_short_page_and_says_so(tmp_path: Path) -> None:
    result = replay(tmp_path, frames=400)
    write_report(result, tmp_path / "few.html", ReportLimits(frames=5, disagreements=2))
    reader = read(tmp_path / "few.html")
    pictures = [tag for tag, _ in reader.elements if tag == "img"]
    assert 5 <= len(pictures) <= 5 + 3 * 2
    assert f"{len(pictures)} of 400 frames are shown" in reader.text
    assert "the draft alone says something else: 50 of 400 frames (the first 2" in reader.text
    ids = {attributes.get("id") for _, attributes in reader.elements}
    assert {"frame-0", "frame-7", "frame-11", "frame-399"} <= ids
    assert (tmp_path / "few.html").stat().st_size < 400_000


def test_a_replay_that_was_interrupted_before_its_first_frame(tmp_path: Path) -> None:
    write_report(replay(tmp_path, frames=0), tmp_path / "empty.html")
    text = read(tmp_path / "empty.html").text
    assert "interrupted: a part of the bag" in text
    assert "No frame was decoded." in text


def test_a_picture_that_cannot_be_read_leaves_its_frame_without_one(tmp_path: Path) -> None:
    def broken(number: int) -> bytes:
        return b"" if number == 0 else b"\xff\xd8 no picture"

    write_report(replay(tmp_path, frames=2, pictures=broken), tmp_path / "page.html")
    assert read(tmp_path / "page.html").text.count("no picture") == 2


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="No such file"):
        write_report(replay(tmp_path, frames=1), tmp_path / "missing" / "page.html")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(1280, 1600), (500, 1600)])
def test_a_browser_draws_it_without_a_complaint(
    page: Path, tmp_path: Path, width: int, height: int
) -> None:
    shot = tmp_path / "page.png"
    _, complaints = browser.run(
        tmp_path / "profile",
        f"--window-size={width},{height}",
        f"--screenshot={shot}",
        page.as_uri(),
    )
    assert not complaints
    drawn = cv2.imread(str(shot))
    assert drawn is not None
    assert drawn.shape[:2] == (height, width)
    assert drawn.std() > 10.0
    # Nothing is cut off at the right: what is too wide scrolls in its own box.
    assert (drawn[:, -4:] == drawn[0, -1]).all()


@pytest.mark.slow
def test_a_browser_notices_what_is_wrong_with_a_page(page: Path, tmp_path: Path) -> None:
    spoiled = tmp_path / "spoiled.html"
    network = '<img src="http://192.0.2.1/picture.png">'
    spoiled.write_text(page.read_text(encoding="utf-8").replace("</main>", f"{network}</main>"))
    _, complaints = browser.run(tmp_path / "profile", "--dump-dom", spoiled.as_uri())
    assert any("Content Security Policy" in line for line in complaints)
