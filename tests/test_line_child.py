"""A child is heard line by line, and what it said last is known when it ends."""

from __future__ import annotations

import sys

import pytest

from specedge.line_child import ChildEnded, ChildSilent, LineChild

ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)\n"
FAIL = "import sys; print('loading'); sys.exit('specedge: no such model')"
WAIT = "import sys; print('up', flush=True); sys.stdin.read()"


def test_it_is_heard_line_by_line() -> None:
    child = LineChild([sys.executable, "-c", ECHO], listens=True)
    child.tell("one")
    child.tell("two")
    assert [child.next_line(30.0), child.next_line(30.0)] == ["ONE", "TWO"]
    child.close()


def test_whoever_asks_after_its_end_is_told_its_last_words() -> None:
    child = LineChild([sys.executable, "-c", FAIL])
    assert child.next_line(30.0) == "loading"
    for _ in range(2):
        with pytest.raises(ChildEnded, match=r"^no such model$"):
            child.next_line(30.0)
    child.close()


def test_silence_is_not_taken_for_an_end() -> None:
    child = LineChild([sys.executable, "-c", WAIT], listens=True)
    assert child.next_line(30.0) == "up"
    with pytest.raises(ChildSilent):
        child.next_line(0.0)
    child.kill()
    with pytest.raises(ChildEnded, match="no reason given"):
        child.next_line(30.0)
    child.close()


def test_telling_a_child_that_is_gone_says_so() -> None:
    child = LineChild([sys.executable, "-c", ECHO], listens=True)
    child.kill()
    with pytest.raises(ChildEnded):
        child.tell("anybody there?")
    child.close()
