"""What docs/commands.md says of the command language is true."""

from __future__ import annotations

import doctest
import re

import pytest

from specedge.commands import (
    GRAMMAR_VERSION,
    ActionKind,
    CommandError,
    Context,
    parse,
    render,
    user_text,
)
from specedge.commands.actions import CANNOT_REASONS
from specedge.paths import shared

TEXT = shared("docs", "commands.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


EXAMPLES = [line for block in blocks("command") for line in block.splitlines()]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_command_and_is_written_back_the_same(example: str) -> None:
    assert render(parse(example)) == example


def test_the_examples_show_every_kind_of_action_but_standing_up() -> None:
    shown = {action.kind for example in EXAMPLES for action in parse(example).actions}
    assert shown == set(ActionKind) - {ActionKind.STAND}


def test_the_python_example_does_what_it_shows() -> None:
    failed, tried = doctest.testfile(str(shared("docs", "commands.md")), module_relative=False)
    assert (failed, tried) == (0, 4)


def test_the_version_is_the_one_in_use() -> None:
    assert f"grammar version {GRAMMAR_VERSION}." in TEXT


def test_every_reason_to_give_up_is_named() -> None:
    assert all(f"`{reason}`" in TEXT for reason in CANNOT_REASONS)


def test_the_prompt_is_shown_as_it_is() -> None:
    last = "red chair: not seen in 45 deg; turn left 45 deg."
    prompt = user_text(Context("go to the red chair", last_command=last, outcome="ok"))
    assert prompt in TEXT


@pytest.mark.parametrize(
    ("limit", "beyond"),
    [
        ("order; turn left 180 deg.", "order; turn left 185 deg."),
        ("order; turn left 5 deg.", "order; turn left 3 deg."),
        ("order; walk 2.0 m.", "order; walk 2.1 m."),
        ("order; back 1.0 m.", "order; back 1.1 m."),
        ("order; sidestep left 1.0 m.", "order; sidestep left 1.1 m."),
        ("a ball: left 90 deg, 9.9 m; done.", "a ball: left 95 deg, 9.9 m; done."),
        ("a ball: not seen in 360 deg; done.", "a ball: not seen in 365 deg; done."),
        ("order; sit; stand; stop.", "order; sit; stand; stop; sit."),
    ],
)
def test_the_limits_in_the_tables_hold(limit: str, beyond: str) -> None:
    parse(limit)
    with pytest.raises(CommandError):
        parse(beyond)
