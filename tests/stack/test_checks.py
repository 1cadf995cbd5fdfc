from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from specedge.stack import checks
from specedge.stack.errors import BadOption


def make_pair(folder: Path, target_words: list[str], draft_words: list[str]) -> Path:
    for role, known in (("target", target_words), ("draft", draft_words)):
        (folder / role).mkdir(parents=True)
        (folder / role / "config.json").write_text("{}")
        vocabulary = {word: number for number, word in enumerate(known)}
        tokenizer = {"model": {"vocab": vocabulary}, "added_tokens": []}
        (folder / role / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


def test_a_pair_with_one_tokenizer_is_accepted(tmp_path: Path) -> None:
    checks.check_models(make_pair(tmp_path, ["red", "chair"], ["red", "chair"]))


def test_a_pair_with_two_tokenizers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="different tokenizers"):
        checks.check_models(make_pair(tmp_path, ["red", "chair"], ["chair", "red"]))


def test_a_folder_without_models_is_refused_by_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"target/config\.json is missing"):
        checks.check_models(tmp_path)


def test_a_broken_tokenizer_is_named(tmp_path: Path) -> None:
    make_pair(tmp_path, ["red"], ["red"])
    (tmp_path / "draft" / "tokenizer.json").write_text("{")
    with pytest.raises(BadOption, match=r"draft/tokenizer\.json is no tokenizer"):
        checks.check_models(tmp_path)


def test_a_busy_port_is_refused_with_its_endpoint() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        endpoint = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(BadOption, match=endpoint):
            checks.check_port_is_free(endpoint)


def test_a_free_port_is_accepted() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    checks.check_port_is_free(f"tcp://127.0.0.1:{port}")


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1", "tcp://127.0.0.1:no", "tcp://:5555"])
def test_an_endpoint_without_host_or_port_is_refused(endpoint: str) -> None:
    with pytest.raises(BadOption, match="no endpoint"):
        checks.check_port_is_free(endpoint)


def test_a_machine_without_a_gl_library_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "has_graphics", lambda backend: False)
    with pytest.raises(BadOption, match="apt install libosmesa6"):
        checks.check_graphics()


def test_an_unknown_network_interface_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadOption, match=r"it has .*lo"):
        checks.check_interface("nonesuch0")
