from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.edge.draft_messages import Candidate
from specedge.edge.draft_tree import DraftTree
from specedge.edge.estimates import EdgeEstimates


def candidates(*pairs: tuple[int, float]) -> list[Candidate]:
    return [Candidate(token, likely, False) for token, likely in pairs]


@pytest.fixture
def tree() -> DraftTree:
    """1 (0.8) or 2 (0.15); after 1 comes 3 (0.9) or 4 (0.05)."""
    tree = DraftTree(EdgeEstimates())
    tree.grow([], candidates((1, 0.8), (2, 0.15)))
    tree.grow([1], candidates((3, 0.9), (4, 0.05)))
    return tree


def test_survival_is_the_product_along_the_path(tree: DraftTree) -> None:
    survivals = {tuple(node.choices()): survival for survival, node in tree.hopeful(0.0)}
    assert survivals[1, 3] == pytest.approx(0.72)
    assert survivals[2,] == pytest.approx(0.15)


def test_the_draft_goes_on_where_it_is_likeliest(tree: DraftTree) -> None:
    ends = [node.choices() for _, node in tree.open_ends(0.1)]
    assert ends == [[1, 3], [2]]


def test_a_verified_choice_forgets_what_it_contradicts(tree: DraftTree) -> None:
    assert tree.advance([2])
    assert tree.find([1]) is None
    assert [node.choices() for _, node in tree.open_ends(0.0)] == [[2]]


def test_a_verdict_that_was_expected_surprises_nobody(tree: DraftTree) -> None:
    assert not tree.advance([1, 3])
    assert tree.line(5) == []


def test_a_sure_exit_overrules_an_unsure_draft(tree: DraftTree) -> None:
    assert tree.believe([2, 7], confidence=0.98)
    assert tree.line(5) == [2, 7]
    assert tree.open_ends(0.02)[0][1].choices() == [2, 7]


def test_an_unsure_exit_does_not_overrule_a_sure_draft(tree: DraftTree) -> None:
    assert not tree.believe([9], confidence=0.3)
    assert tree.line(5) == [1, 3]


def test_an_exit_that_agrees_makes_the_draft_surer(tree: DraftTree) -> None:
    before = dict(_survivals(tree))[1, 3]
    assert not tree.believe([1, 3], confidence=0.9)
    assert dict(_survivals(tree))[1, 3] > before


def test_a_later_exit_takes_the_place_of_an_earlier_one(tree: DraftTree) -> None:
    tree.believe([2], confidence=0.98)
    assert tree.believe([1], confidence=0.98)
    assert tree.line(5) == [1, 3]


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.floats(0.0, 0.3)), max_size=3, unique_by=lambda p: p[0]
    ),
    st.lists(st.integers(0, 4), min_size=1, max_size=3),
    st.floats(0.0, 1.0),
)
def test_what_follows_a_text_never_adds_up_to_more_than_one(
    named: list[tuple[int, float]], guess: list[int], confidence: float
) -> None:
    tree = DraftTree(EdgeEstimates())
    tree.grow([], candidates(*named))
    tree.believe(guess, confidence)
    tree.grow(guess, candidates((1, 0.7), (2, 0.3)))
    for _, node in tree.hopeful(0.0):
        assert sum(child.probability for child in node.children.values()) <= 1.0 + 1e-9


def test_what_became_of_the_draft_is_learnt_from() -> None:
    estimates = EdgeEstimates()
    for _ in range(50):
        tree = DraftTree(estimates)
        tree.grow([], candidates((1, 0.9), (2, 0.05)))
        tree.advance([2])
    assert estimates.acceptance.mean == 0.0
    assert estimates.likely(0, 0.9) < 0.3
    assert estimates.likely(1, 0.05) > 0.5


def _survivals(tree: DraftTree) -> list[tuple[tuple[int, ...], float]]:
    return [(tuple(node.choices()), survival) for survival, node in tree.hopeful(0.0)]
