from __future__ import annotations

import pytest

from specedge.decoding.tree import CandidateTree, HintSource


def tree(parents: list[int], probabilities: list[float]) -> CandidateTree:
    count = len(parents)
    sources = (HintSource.CLIENT,) * count
    return CandidateTree(tuple(parents), tuple(range(count)), sources, tuple(probabilities))


def test_a_chain_is_a_tree_in_which_each_follows_the_one_before() -> None:
    chain = CandidateTree.chain([7, 8, 9], HintSource.SELF, 0.5)
    assert chain.parents == (-1, 0, 1)
    assert chain.expected == (0.0, 0.5, 0.75, 0.875)
    assert chain.trunk() == chain


def test_what_should_stand_is_the_sum_of_the_path_probabilities() -> None:
    assert tree([-1, 0, 0, -1], [0.5, 0.5, 0.25, 0.125]).expected == (0.0, 0.5, 0.75, 0.875, 1.0)


def test_a_head_of_a_tree_is_a_tree() -> None:
    whole = tree([-1, 0, 0, -1], [0.5, 0.5, 0.25, 0.125])
    assert whole.head(2) == tree([-1, 0], [0.5, 0.5])
    assert whole.head(9) == whole
    assert not whole.head(0)


def test_the_trunk_takes_the_likeliest_child_everywhere() -> None:
    trunk = tree([-1, -1, 1, 1, 0], [0.4, 0.6, 0.1, 0.9, 1.0]).trunk()
    assert (trunk.parents, trunk.tokens) == ((-1, 0), (1, 3))


@pytest.mark.parametrize("parents", [[0], [-2], [-1, 1], [1, -1]])
def test_a_parent_that_is_not_before_its_child_is_refused(parents: list[int]) -> None:
    with pytest.raises(ValueError, match="has parent"):
        tree(parents, [0.5] * len(parents))


def test_parts_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="per node"):
        tree([-1, 0], [0.5])


def test_a_probability_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="probability"):
        tree([-1], [1.5])
