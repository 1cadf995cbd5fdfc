"""Keys in files: made once, read by both ends, and refused where they are none."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from specedge.protocol.security import BadKey, CurveKeys, make_keys, robot_keys, verifier_keys


def test_a_robot_knows_the_verifier_whose_keys_were_made(tmp_path: Path) -> None:
    public, secret = make_keys(tmp_path / "keys")
    verifier = verifier_keys(secret)
    first, second = robot_keys(public), robot_keys(public)
    assert first.verifier == second.verifier == verifier.public
    assert not verifier.verifier
    assert len({first.public, second.public, verifier.public}) == 3


def test_the_secret_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    public, secret = make_keys(tmp_path / "keys")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert verifier_keys(secret).secret not in public.read_text(encoding="utf-8")


def test_keys_that_robots_may_have_are_never_written_over(tmp_path: Path) -> None:
    public, secret = make_keys(tmp_path)
    before = public.read_bytes(), secret.read_bytes()
    with pytest.raises(BadKey, match="--out"):
        make_keys(tmp_path)
    assert (public.read_bytes(), secret.read_bytes()) == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with pytest.raises(BadKey, match=str(in_the_way)):
        make_keys(in_the_way / "keys")


def test_the_robots_key_is_no_key_of_a_verifier(tmp_path: Path) -> None:
    public, _ = make_keys(tmp_path)
    with pytest.raises(BadKey, match="key_secret"):
        verifier_keys(public)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "hello",
        'curve\n    public-key = "short"\n',
        f'curve\n    public-key = "{"~" * 40}"\n',
    ],
)
def test_a_file_without_a_key_is_refused_with_the_mend(tmp_path: Path, content: str) -> None:
    path = tmp_path / "verifier.key"
    path.write_text(content, encoding="utf-8")
    for read in (robot_keys, verifier_keys):
        with pytest.raises(BadKey, match=r"verifier\.key holds no CURVE key; specedge keygen"):
            read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="none cannot be read"):
        robot_keys(tmp_path / "none")


def test_a_key_has_forty_characters() -> None:
    with pytest.raises(ValueError, match="40 characters"):
        CurveKeys("a" * 40, "b" * 39)
