from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.report.survey import ReportLimits, differences, evenly, survey, telling_frame
from tests.report.making import frame


@given(st.integers(0, 10_000), st.integers(1, 50))
def test_shown_frames_are_spread_over_the_whole_bag(total: int, wanted: int) -> None:
    chosen = sorted(evenly(total, wanted))
    assert len(chosen) == min(total, wanted)
    assert all(0 <= index < total for index in chosen)
    if total > wanted > 1:
        gaps = [after - before for before, after in itertools.pairwise(chosen)]
        assert chosen[0] == 0
        assert chosen[-1] == total - 1
        assert max(gaps) - min(gaps) <= 1


def test_each_kind_of_disagreement_is_told_from_the_others() -> None:
    assert differences(frame(1)) == ()
    assert differences(frame(7)) == ("modes", "recording")
    assert differences(frame(8)) == ("edge",)
    assert differences(frame(11)) == ("recording",)
    assert differences(frame(13)) == ("failed",)
    assert differences(frame(14)) == ()


def test_a_disagreement_is_shown_wherever_it_is() -> None:
    found = survey((frame(number) for number in range(40)), 40, ReportLimits(frames=2))
    assert [record.frame for record in found.shown] == [0, 7, 8, 11, 13, 16, 24, 32, 39]
    assert found.differing == {"modes": 1, "recording": 2, "failed": 1, "edge": 5}


def test_the_frame_for_the_timelines_is_one_that_every_mode_decoded() -> None:
    assert telling_frame([frame(13), frame(14)]) is None
    chosen = telling_frame([frame(0), frame(13), frame(1), frame(2)])
    assert chosen is not None
    assert chosen.frame == 2


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"disagreements": -1}, {"points": 1}])
def test_limits_that_leave_no_page_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no page"):
        ReportLimits(**wrong)
