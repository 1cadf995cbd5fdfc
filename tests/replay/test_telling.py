"""What stands in the terminal says who agreed, how fast each was, and whether a run is the same."""

from __future__ import annotations

from rich.console import Console

from specedge.replay.records import Agreement, ModeTotals, Spread, Totals
from specedge.replay.telling import agreements, sentence, table
from specedge.replay.trace_records import Verification

MODES = ("edge", "cloud", "speculative", "preemptive", "streaming")


def totals() -> Totals:
    same, other = Agreement(4, 1.0, 1.0), Agreement(4, 0.25, 0.5)
    pairs = {"edge/cloud": other, "edge/streaming": other, "cloud/streaming": same}
    modes = [
        ModeTotals(mode="edge", turns=4, with_recording=other),
        ModeTotals(mode="cloud", turns=3, failed=1, with_recording=same),
        ModeTotals(mode="streaming", turns=4, latency_ms=Spread(81.6, 90.0, 83.0)),
    ]
    return Totals(frames=4, modes=tuple(modes), between_modes=pairs)


def test_those_that_agree_stand_in_one_line_and_each_other_one_is_compared_once() -> None:
    assert list(agreements(totals())) == [
        "the same text in every frame: cloud, streaming, recording",
        "edge/cloud: 25 % the same text, 50 % the same actions within tolerance",
    ]


def test_without_two_modes_or_a_recording_nothing_is_said() -> None:
    assert list(agreements(Totals(frames=2, modes=(ModeTotals(mode="cloud", turns=2),)))) == []


def test_all_modes_fit_into_eighty_columns() -> None:
    large = [
        ModeTotals(
            mode=mode,
            turns=9999,
            failed=1,
            late=9999,
            latency_ms=Spread(12345.0),
            first_action_ms=Spread(12345.0),
            target_passes=9999 * 40,
            acceptance=1.0,
            hit_rate=1.0,
            bytes_up=9999 * 9999,
            bytes_down=9999 * 9999,
        )
        for mode in MODES
    ]
    console = Console(width=80, file=None)
    with console.capture() as captured:
        console.print(table(Totals(frames=9999, modes=tuple(large))))

    lines = captured.get().splitlines()
    assert len(lines) == 2 + len(MODES)
    assert "…" not in captured.get()
    assert lines[2].split()[:3] == ["edge", "9999", "1"]


def found(**fields: object) -> Verification:
    return Verification(**{"bag": "run", "turns": 5, "same": 5, "motions": 8, **fields})  # type: ignore[arg-type]


def test_a_verified_run_says_so() -> None:
    assert sentence(found(models_known=True)) == (
        "5 of 5 turns say the same, bit for bit; "
        "8 motions, each traced to its command, tokens and frame"
    )


def test_what_is_not_verified_is_not_claimed() -> None:
    partial = found(same=3, partial=True, untraced=("turn 2: its frame is not in the bag",))

    assert sentence(partial) == (
        "interrupted: 3 of 5 turns say the same, bit for bit "
        "(the recording does not tell its models); 8 motions"
    )
    assert not partial.passed
