from __future__ import annotations

import sys

import pytest

from specedge.stack.errors import StackError
from specedge.stack.stopping import first_of


def python(line: str) -> list[str]:
    return [sys.executable, "-c", f"import os, sys, time; {line}"]


def test_the_first_that_does_it_answers_and_the_others_are_not_waited_for() -> None:
    slow = python("time.sleep(3600)")
    quick = python("print(os.environ['WORLD'])")
    assert first_of([(slow, {}), (quick, {"WORLD": "rclpy"})]) == "rclpy"


def test_where_one_fails_the_other_may_do_it() -> None:
    fails, does = python("sys.exit('specedge: nobody')"), python("print('latched')")
    assert first_of([(fails, {}), (does, {})]) == "latched"


def test_what_all_fail_at_is_told_once() -> None:
    nobody = python("sys.exit('specedge: nobody offers it')")
    with pytest.raises(StackError, match=r"^nobody offers it$"):
        first_of([(nobody, {}), (python("sys.exit(1)"), {})])
