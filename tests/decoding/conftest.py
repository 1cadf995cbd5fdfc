from __future__ import annotations

from pathlib import Path

import pytest

from specedge.models.loading import LoadedModel
from tests.decoding import pair


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of a tiny target and draft."""
    return pair.save_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="session")
def target(folders: tuple[Path, Path]) -> LoadedModel:
    return pair.load(folders[0])


@pytest.fixture(scope="session")
def draft(folders: tuple[Path, Path]) -> LoadedModel:
    return pair.load(folders[1])
