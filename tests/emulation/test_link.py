"""When data arrives over a link, without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.emulation.link import BITS, Direction, LinkConditions, Outage

times = st.floats(0.0, 100.0)
sizes = st.integers(0, 100_000)


def test_half_the_round_trip_is_paid_each_way() -> None:
    assert Direction(LinkConditions(round_trip=0.12), 0.0, 0).arrival(1.0, 500) == 1.06


def test_what_is_sent_together_shares_the_bandwidth() -> None:
    way = Direction(LinkConditions(bandwidth=8000.0), 0.0, 0)
    assert [way.arrival(0.0, 500) for _ in range(3)] == [0.5, 1.0, 1.5]
    assert way.arrival(9.0, 500) == 9.5


@given(st.lists(st.tuples(times, sizes), min_size=1), st.floats(1e3, 1e9), st.floats(0.0, 1.0))
def test_no_piece_is_early_and_none_later_than_jitter_and_queue_explain(
    sent: list[tuple[float, int]], bandwidth: float, jitter: float
) -> None:
    way = Direction(LinkConditions(0.2, jitter, bandwidth), 0.0, 0)
    total = 0.0
    for now, size in sorted(sent):
        total += size * BITS / bandwidth
        arrival = way.arrival(now, size)
        assert arrival >= now + size * BITS / bandwidth + 0.1
        assert arrival <= max(at for at, _ in sent) + total + 0.1 + jitter + 1e-9


def test_jitter_is_the_same_for_the_same_seed_and_differs_by_way() -> None:
    def arrivals(seed: int, stream: int) -> list[float]:
        way = Direction(LinkConditions(jitter=0.05, seed=seed), 0.0, stream)
        return [way.arrival(0.0, 1) for _ in range(20)]

    assert arrivals(1, 0) == arrivals(1, 0)
    assert arrivals(1, 0) != arrivals(2, 0)
    assert arrivals(1, 0) != arrivals(1, 1)
    assert max(arrivals(1, 0)) <= 0.05


@given(times)
def test_nothing_arrives_during_an_outage(now: float) -> None:
    outages = (Outage(20.0, 5.0), Outage(10.0, 10.0), Outage(50.0, 1.0, cut=True))
    arrival = Direction(LinkConditions(1.0, outages=outages), 0.0, 0).arrival(now, 1)
    assert arrival >= now + 0.5
    assert not 10.0 <= arrival < 25.0
    assert not 50.0 <= arrival < 51.0


def test_connections_are_refused_during_a_cut_alone() -> None:
    outages = (Outage(1.0, 1.0), Outage(3.0, 1.0, cut=True))
    way = Direction(LinkConditions(outages=outages), since=10.0, stream=0)
    assert [way.is_cut(10.5 + after) for after in range(5)] == [False, False, False, True, False]


@pytest.mark.parametrize("name", ["round_trip", "jitter", "bandwidth"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_link_has_no_such_thing_as_a_negative_delay(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        LinkConditions(**{name: value})


def test_conditions_survive_the_way_to_a_child() -> None:
    content = {"round_trip": 0.1, "outages": [{"start": 1.0, "duration": 2.0, "cut": True}]}
    assert LinkConditions.from_json(content) == LinkConditions(
        0.1, outages=(Outage(1.0, 2.0, cut=True),)
    )
    with pytest.raises(ValueError, match="rtt"):
        LinkConditions.from_json({"rtt": 0.1})
