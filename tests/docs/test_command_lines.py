"""Every command line in the documents names commands and options that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from specedge.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md",
    "models/nano/README.md",
    *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md")),
)
COMMANDS: Any = typer.main.get_command(app)


def command_lines(document: str) -> list[list[str]]:
    text = (ROOT / document).read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("#")[0] for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    found = [re.match(r"\s*(?:\.venv/bin/)?specedge (.*)", line, re.DOTALL) for line in lines]
    return [match[1].split() for match in found if match is not None]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_and_options_exist(document: str) -> None:
    for words in command_lines(document):
        command = COMMANDS
        while words and words[0] in getattr(command, "commands", ()):
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        known |= {option for parameter in command.params for option in parameter.secondary_opts}
        named = {word for word in words if word.startswith("--")}
        assert named <= known | {"--help"}, (document, words)
        assert command is not COMMANDS or words[0] in ("COMMAND", "--help"), (document, words)


def test_command_lines_are_found() -> None:
    assert ["bench", "decode", "--frames", "24"] in command_lines("docs/decoding.md")
    assert ["up", "--bag", "bags/red_chair", "--rate", "2"] in command_lines("docs/bags.md")
