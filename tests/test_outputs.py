from __future__ import annotations

import os
from pathlib import Path

import pytest

from specedge.outputs import CannotWrite, require_folder, require_writable


def test_a_file_of_a_folder_that_is_there_can_be_written(tmp_path: Path) -> None:
    require_writable("--json", None)
    require_writable("--json", tmp_path / "new.json")
    (tmp_path / "old.json").write_text("{}")
    require_writable("--json", tmp_path / "old.json")
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    require_folder("--out", None)
    require_folder("--out", tmp_path / "one" / "two")
    assert (tmp_path / "one" / "two").is_dir()


def test_what_cannot_be_written_is_told_with_its_option(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(CannotWrite, match=r"--json .*no such folder"):
        require_writable("--json", tmp_path / "absent" / "x.json")
    with pytest.raises(CannotWrite, match=r"--json .*is a folder"):
        require_writable("--json", tmp_path)
    with pytest.raises(CannotWrite, match=r"--out .*cannot be made"):
        require_folder("--out", file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotWrite, match="may not write"):
        require_writable("--json", tmp_path / "x.json")
    with pytest.raises(CannotWrite, match="may not write"):
        require_folder("--out", tmp_path)
