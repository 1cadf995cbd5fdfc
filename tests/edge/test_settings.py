from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from specedge.decoding.modes import UnknownMode, find_mode
from specedge.edge.client import open_decoder
from specedge.edge.decoder import DecoderSettings
from specedge.models.tokenizer import ModelNotFound


@pytest.mark.parametrize("name", ["streaming", "turbo", ""])
def test_a_mode_that_is_none_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(UnknownMode, match="preemptive"):
        find_mode(name)


def test_a_folder_that_is_no_model_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="not a model folder"):
        open_decoder(DecoderSettings(draft=str(tmp_path)))


@pytest.mark.parametrize("gamma", [0, 33])
def test_a_draft_length_outside_its_limits_is_refused(gamma: int) -> None:
    with pytest.raises(ValueError, match="gamma"):
        DecoderSettings(gamma=gamma)


def test_the_robots_client_imports_no_model_library() -> None:
    script = (
        "import sys, specedge.edge.client\n"
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
