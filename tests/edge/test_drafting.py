from __future__ import annotations

from specedge.edge.account import Account
from specedge.edge.draft_messages import Candidate, Expanded
from specedge.edge.drafting import Drafting
from specedge.edge.estimates import EdgeEstimates


def test_what_the_prompt_has_paid_for_is_no_measure_of_a_step() -> None:
    estimates = EdgeEstimates()
    drafting = Drafting(1, None, estimates, Account())
    drafting.take(Expanded(1, 1, [[]], [[Candidate(5, 0.9, False)]], 0.001))
    assert estimates.step.count == 0
    drafting.take(Expanded(1, 1, [[5]], [[Candidate(6, 0.9, False)]], 0.07))
    assert estimates.step.mean == 0.07
