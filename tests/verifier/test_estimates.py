from __future__ import annotations

import pytest

from specedge.verifier.estimates import TRIED, TRY_AGAIN, SourceWorth

PASS = 0.03


def asked(seconds: float, gained: int, passes: int) -> list[bool]:
    """Returns in which of so many passes a source with this cost and gain was asked."""
    worth, answers = SourceWorth(), list[bool]()
    for _ in range(passes):
        answers.append(worth.worth_asking(PASS))
        if answers[-1]:
            worth.asked(seconds)
            worth.gave(gained)
    return answers


@pytest.mark.parametrize(("seconds", "gained"), [(0.029, 1), (0.0, 0), (0.08, 3)])
def test_a_source_that_saves_its_time_is_always_asked(seconds: float, gained: int) -> None:
    assert all(asked(seconds, gained, 100))


@pytest.mark.parametrize(("seconds", "gained"), [(0.031, 1), (0.001, 0), (0.1, 3)])
def test_a_source_that_does_not_is_asked_now_and_then(seconds: float, gained: int) -> None:
    answers = asked(seconds, gained, 200)
    assert all(answers[:TRIED])
    assert sum(answers[TRIED:]) == (200 - TRIED) // (TRY_AGAIN + 1)


def test_a_source_that_gets_better_is_asked_again() -> None:
    worth = SourceWorth()
    for passes in range(40 * TRY_AGAIN):
        if worth.worth_asking(PASS):
            worth.asked(0.01)
            worth.gave(0 if passes < 2 * TRY_AGAIN else 2)
    assert all(worth.worth_asking(PASS) for _ in range(TRY_AGAIN))
