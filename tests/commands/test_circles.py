from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from specedge.commands.circles import LOT, PATIENCE, Circles

TO, BACK = "red chair: left 40 deg, 2.1 m; turn left 40 deg.", "red chair: not seen in 45 deg; …"


def test_a_circle_is_left_by_lot_and_not_entered_again() -> None:
    circles = Circles()
    for _ in range(PATIENCE):
        assert circles.temperature(0.0) == 0.0
        circles.note(BACK, TO)
        circles.note(TO, BACK)
    assert circles.temperature(0.0) == LOT
    circles.note(BACK, "red chair: left 0 deg, 2.1 m; walk 1.5 m.")
    assert circles.temperature(0.0) == LOT


def test_who_decides_by_lot_anyway_goes_on_as_it_was() -> None:
    circles = Circles()
    for _ in range(PATIENCE):
        circles.note(BACK, TO)
    assert circles.temperature(1.5) == 1.5


@given(st.lists(st.text(), unique=True))
def test_commands_that_are_all_new_are_no_circle(texts: list[str]) -> None:
    circles = Circles()
    for last, text in zip(["", *texts], texts, strict=False):
        assert circles.note(last, text) == 1
    assert circles.temperature(0.0) == 0.0
