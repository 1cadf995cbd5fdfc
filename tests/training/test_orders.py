from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from specedge.commands import ActionKind, parse, render
from specedge.training.orders import draw_order

seeds = st.integers(0, 2**32)


@given(seeds, st.booleans())
def test_an_order_is_obeyed_by_a_command_that_needs_no_eyes(seed: int, held_out: bool) -> None:
    order = draw_order(random.Random(seed), held_out=held_out)
    command = parse(order.command)
    assert render(command) == order.command
    assert command.sight is None
    assert not {action.kind for action in command.actions} & {
        ActionKind.DONE,
        ActionKind.NEXT,
        ActionKind.CANNOT,
    }


@given(seeds, st.booleans())
def test_what_is_said_in_figures_is_done(seed: int, held_out: bool) -> None:
    order = draw_order(random.Random(seed), held_out=held_out)
    done = {float(number) for number in re.findall(r"[\d.]*\d", order.command)}
    assert {float(number) for number in re.findall(r"[\d.]*\d", order.goal)} <= done


@given(seeds)
def test_sides_are_those_that_were_said(seed: int) -> None:
    order = draw_order(random.Random(seed))
    for side in ("left", "right"):
        if side in order.goal:
            assert side in order.command
