from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from specedge.edge.client import open_decoder
from specedge.edge.decoder import DecoderSettings
from specedge.edge.modes import DEFAULT_MODE, UnknownMode, find_mode
from specedge.edge.settings import UnknownSource, parse_sources
from specedge.models.tokenizer import ModelNotFound


@pytest.mark.parametrize("name", ["turbo", ""])
def test_a_mode_that_is_none_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(UnknownMode, match="streaming"):
        find_mode(name)


def test_a_folder_that_is_no_model_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="not a model folder"):
        open_decoder(DecoderSettings(draft=str(tmp_path)))


@pytest.mark.parametrize("gamma", [-1, 33])
def test_a_draft_length_outside_its_limits_is_refused(gamma: int) -> None:
    with pytest.raises(ValueError, match="gamma"):
        DecoderSettings(gamma=gamma)


def test_sources_are_read_from_their_names() -> None:
    assert parse_sources(" client, self ") == {"client", "self"}
    assert parse_sources("") == frozenset()
    with pytest.raises(UnknownSource, match="'rumour' is no source"):
        parse_sources("client,rumour")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"patience": 1.1}, "patience"),
        ({"sources": frozenset({"rumour"})}, "sources"),
        ({"resume_timeout": -0.1}, "link"),
        ({"top_k": -1}, "top_k"),
        ({"top_p": 0.0}, "top_p"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        DecoderSettings(**change)


def test_the_default_mode_is_the_same_everywhere() -> None:
    assert DecoderSettings().mode == DEFAULT_MODE == "streaming"


def test_the_robots_client_imports_no_model_library() -> None:
    script = (
        "import sys, specedge.edge.client\n"
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
