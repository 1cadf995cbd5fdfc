"""Which outcomes mode preemptive drafts for, and why a verdict finds none."""

from __future__ import annotations

import pytest

from specedge.edge.draft_messages import Candidate
from specedge.edge.draft_tree import DraftTree
from specedge.edge.estimates import EdgeEstimates
from specedge.edge.modes.preemptive import BRANCHES, Outcomes
from specedge.edge.result import Miss

PROPOSAL = [1, 2]


@pytest.fixture
def tree() -> DraftTree:
    """The proposal 1, 2, and what the draft would have said instead: 8, or 1 and then 9."""
    tree = DraftTree(EdgeEstimates())
    tree.grow([], [Candidate(1, 0.7, False), Candidate(8, 0.2, False)])
    tree.grow([1], [Candidate(2, 0.8, False), Candidate(9, 0.15, False)])
    return tree


def outcomes(tree: DraftTree, longest: int = 4) -> Outcomes:
    return Outcomes(0, PROPOSAL, tree, longest)


def test_runners_up_and_the_whole_proposal_are_drafted_for_in_the_same_steps(
    tree: DraftTree,
) -> None:
    texts, steps = outcomes(tree).likeliest()
    assert texts == [[1, 2], [8], [1, 9]]
    assert steps == 4


def test_what_an_exit_is_sure_of_comes_first(tree: DraftTree) -> None:
    tree.believe([1, 7], confidence=0.97)
    assert outcomes(tree).likeliest()[0][0] == [1, 7]


def test_no_more_branches_than_one_step_takes(tree: DraftTree) -> None:
    tree.grow([1, 2], [Candidate(token, 0.3, False) for token in (3, 4, 5)])
    assert len(outcomes(tree).likeliest()[0]) == BRANCHES


def test_an_outcome_is_drafted_for_no_further_than_a_proposal_reaches(tree: DraftTree) -> None:
    assert outcomes(tree, longest=1).likeliest()[0] == [[1, 2], [8], [1, 9]]
    tree.grow([8], [Candidate(3, 0.9, False)])
    assert [8, 3] not in outcomes(tree, longest=1).likeliest()[0]
    assert [8, 3] in outcomes(tree, longest=2).likeliest()[0]


def test_a_verdict_that_was_drafted_for_is_a_hit(tree: DraftTree) -> None:
    ahead = outcomes(tree)
    ahead.likeliest()
    tree.grow([8], [Candidate(3, 0.9, False)])
    tree.advance([8])
    assert ahead.judge([8]) is None
    assert tree.line(4) == [3]


def test_a_verdict_that_nobody_named_is_not_predicted(tree: DraftTree) -> None:
    ahead = outcomes(tree)
    ahead.likeliest()
    tree.advance([1, 5])
    assert ahead.judge([1, 5]) is Miss.NOT_PREDICTED


def test_a_verdict_that_comes_before_its_draft_is_not_in_time(tree: DraftTree) -> None:
    ahead = outcomes(tree)
    ahead.likeliest()
    tree.advance([1, 9])
    assert ahead.judge([1, 9]) is Miss.NOT_IN_TIME


def test_a_verdict_whose_draft_had_to_make_room_was_evicted(tree: DraftTree) -> None:
    ahead = outcomes(tree)
    assert [1, 9] in ahead.likeliest()[0]
    tree.grow([1, 2], [Candidate(token, 0.3, False) for token in (3, 4, 5)])
    assert [1, 9] not in ahead.likeliest()[0]
    tree.advance([1, 9])
    assert ahead.judge([1, 9]) is Miss.EVICTED
