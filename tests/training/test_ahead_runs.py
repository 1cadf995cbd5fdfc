from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from specedge.training.ahead_runs import LONGEST_DRAFT, AheadRuns, quality
from specedge.training.packing import IGNORED


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=2 * LONGEST_DRAFT))
def test_a_run_holds_what_the_text_says_and_what_is_wanted_after_it(
    text: list[tuple[int, int]],
) -> None:
    choices = torch.tensor([choice for choice, _ in text], dtype=torch.long)
    said = torch.tensor([token for _, token in text], dtype=torch.long)
    hidden = torch.arange(len(text))[:, None]
    runs = AheadRuns.along(hidden, choices, said)
    assert runs.hidden[:, 0].tolist() == list(range(len(text) - 1))
    for first, (chosen, wanted) in enumerate(zip(runs.choices, runs.wanted, strict=True)):
        for step in range(LONGEST_DRAFT):
            if first + step + 1 < len(text):
                assert chosen[step] == choices[first + step]
                assert wanted[step] == said[first + step + 1]
            else:
                assert wanted[step] == IGNORED


def test_a_draft_is_as_long_as_it_is_right_from_the_start() -> None:
    right, asked = torch.zeros((2, 2, LONGEST_DRAFT), dtype=torch.bool)
    asked[0, :4] = asked[1, :3] = True
    right[0, [0, 1, 3]] = right[1, [0, 7]] = True
    found = quality(right, asked, 1.5)
    assert found.length == (2 + 1) / 2
    assert found.agreement == (1.0, 0.5, *[0.0] * (LONGEST_DRAFT - 2))
    assert found.temperature == 1.5
