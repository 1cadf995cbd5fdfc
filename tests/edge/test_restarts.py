"""Pauses between restarts grow, and end in giving up."""

from __future__ import annotations

from specedge.edge.restarts import FIRST_PAUSE, HEALTHY, MOST, Restarts


def test_pauses_double_until_the_process_is_given_up() -> None:
    restarts = Restarts()
    pauses = [restarts.pause(1.0) for _ in range(MOST)]
    assert pauses == [FIRST_PAUSE * 2**number for number in range(MOST)]
    assert restarts.pause(1.0) is None


def test_a_process_that_has_lasted_is_owed_all_restarts_again() -> None:
    restarts = Restarts()
    for _ in range(MOST):
        restarts.pause(1.0)
    assert restarts.pause(HEALTHY) == FIRST_PAUSE
    assert restarts.pause(1.0) == 2 * FIRST_PAUSE
