"""A child is told things one by one, and what it says last is why it ended."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from specedge.emulation.child import ChildFailed, ControlledChild

DOUBLER = """
import sys
from specedge.emulation.child import answer_lines, say

def handle(request):
    if request.get("end"):
        print("specedge: it was asked to", file=sys.stderr, flush=True)
        sys.exit(3)
    return {"twice": 2 * int(request["number"])}

say({"ready": True})
answer_lines(handle)
"""


@pytest.fixture
def child() -> Iterator[ControlledChild]:
    with ControlledChild("the doubler", [sys.executable, "-c", DOUBLER]) as child:
        yield child


def test_each_request_has_its_answer(child: ControlledChild) -> None:
    assert child.first == {"ready": True}
    assert [child.ask({"number": n})["twice"] for n in range(50)] == [2 * n for n in range(50)]


def test_a_request_that_makes_no_sense_is_refused_and_the_child_goes_on(
    child: ControlledChild,
) -> None:
    with pytest.raises(ChildFailed, match="the doubler: 'number'"):
        child.ask({})
    with pytest.raises(ChildFailed, match="invalid literal"):
        child.ask({"number": "many"})
    assert child.ask({"number": 4}) == {"twice": 8}


def test_a_child_that_ends_is_noticed_with_its_last_words(child: ControlledChild) -> None:
    with pytest.raises(ChildFailed, match="the doubler has ended: it was asked to"):
        child.ask({"end": True})
    with pytest.raises(ChildFailed, match="has ended: it was asked to"):
        child.ask({"number": 1})


def test_a_child_that_does_not_start_says_why() -> None:
    code = "import sys; sys.exit('no model')"
    with pytest.raises(ChildFailed, match="the doubler did not start: no model"):
        ControlledChild("the doubler", [sys.executable, "-c", code])
