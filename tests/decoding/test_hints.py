from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.hints import MOST_NODES, HintRefused, HintTrie
from specedge.decoding.tree import CandidateTree, HintSource

CLIENT, SELF, HISTORY = HintSource.CLIENT, HintSource.SELF, HintSource.HISTORY

# (parent among the nodes so far, token, probability, source)
ADDITIONS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.integers(0, 3),
        st.floats(0.0, 1.0),
        st.sampled_from([CLIENT, SELF, HISTORY]),
    ),
    max_size=40,
)
Addition = tuple[int, int, float, HintSource]


def grown(additions: list[Addition]) -> tuple[HintTrie, dict[tuple[int, ...], float]]:
    """A trie, and the same as a dictionary: the probability of each path's last node."""
    trie = HintTrie()
    nodes = [trie.after_verified(0)]
    texts: dict[int, tuple[int, ...]] = {nodes[0]: ()}
    likely: dict[tuple[int, ...], float] = {}
    for parent, token, probability, source in additions:
        above = nodes[parent % len(nodes)]
        node = trie.add(above, token, probability, source)
        nodes.append(node)
        texts[node] = (*texts[above], token)
        likely[texts[node]] = max(probability, likely.get(texts[node], 0.0))
    return trie, likely


def path_probability(likely: dict[tuple[int, ...], float], text: tuple[int, ...]) -> float:
    return math.prod(likely[text[:length]] for length in range(1, len(text) + 1))


def texts_of(tree: CandidateTree) -> list[tuple[int, ...]]:
    texts: list[tuple[int, ...]] = []
    for parent, token in zip(tree.parents, tree.tokens, strict=True):
        texts.append((*(texts[parent] if parent >= 0 else ()), token))
    return texts


@given(ADDITIONS, st.integers(0, 40))
def test_the_best_tree_has_the_likeliest_paths_in_order(
    additions: list[Addition], limit: int
) -> None:
    trie, likely = grown(additions)
    best = texts_of(trie.best(limit))
    assert len(set(best)) == len(best) == min(limit, len(likely))
    paths = [path_probability(likely, text) for text in best]
    assert paths == pytest.approx(sorted(paths, reverse=True))
    left_out = [path_probability(likely, text) for text in likely if text not in best]
    assert max(left_out, default=0.0) <= min(paths, default=1.0) + 1e-12


@given(ADDITIONS, st.lists(st.integers(0, 3), max_size=4))
def test_after_verified_choices_only_what_follows_them_is_left(
    additions: list[Addition], choices: list[int]
) -> None:
    trie, likely = grown(additions)
    for choice in choices:
        trie.advance(choice)
    count = len(choices)
    expected = {text[count:] for text in likely if text[:count] == tuple(choices)} - {()}
    assert set(texts_of(trie.best(100))) == expected
    assert trie.candidates == len(expected)
    assert trie.version == count


@given(ADDITIONS)
def test_expected_acceptance_grows_with_the_tree(additions: list[Addition]) -> None:
    expected = grown(additions)[0].best(100).expected
    assert list(expected) == sorted(expected)


def test_of_equal_proposals_the_likelier_one_counts() -> None:
    trie = HintTrie()
    first = trie.add(trie.after_verified(0), 5, 0.4, HISTORY)
    assert trie.add(trie.after_verified(0), 5, 0.9, CLIENT) == first
    assert trie.add(trie.after_verified(0), 5, 0.6, SELF) == first
    assert trie.best(9) == CandidateTree((-1,), (5,), (CLIENT,), (0.9,))


def test_the_source_of_a_verified_choice_is_known() -> None:
    trie = HintTrie()
    trie.add(0, 5, 0.4, HISTORY)
    assert trie.advance(5) is HISTORY
    assert trie.advance(5) is HintSource.TARGET


def test_a_late_hint_that_was_right_so_far_finds_its_place() -> None:
    trie = HintTrie()
    trie.advance(1)
    trie.advance(2)
    node = trie.after_verified(0)
    for token in (1, 2, 3):
        node = trie.add(node, token, 0.9, CLIENT)
    assert trie.best(9).tokens == (3,)


def test_a_late_hint_that_was_wrong_is_refused() -> None:
    trie = HintTrie()
    lost = trie.add(trie.after_verified(0), 7, 0.9, CLIENT)
    trie.advance(1)
    with pytest.raises(HintRefused, match="contradicts"):
        trie.add(trie.after_verified(0), 7, 0.9, CLIENT)
    with pytest.raises(HintRefused, match="unknown"):
        trie.add(lost, 8, 0.9, CLIENT)
    with pytest.raises(HintRefused, match="verified"):
        trie.after_verified(2)


def test_a_full_trie_refuses_more_but_not_what_it_has_and_not_the_truth() -> None:
    trie = HintTrie()
    first = trie.add(0, 1, 0.5, CLIENT)
    for token in range(1, MOST_NODES):
        trie.add(first, token, 0.5, CLIENT)
    with pytest.raises(HintRefused, match=f"{MOST_NODES} candidates already"):
        trie.add(first, MOST_NODES, 0.5, CLIENT)
    assert trie.add(0, 1, 0.6, CLIENT) == first
    trie.advance(9)
    assert trie.candidates == 0
    trie.add(trie.after_verified(1), 3, 0.5, CLIENT)


def test_a_tree_is_added_without_what_is_refused() -> None:
    trie = HintTrie()
    trie.advance(1)
    tree = CandidateTree((-1, 0, -1, 2), (7, 8, 1, 4), (SELF,) * 4, (0.5,) * 4)
    assert len(trie.add_tree(trie.after_verified(0), tree)) == 2
    assert trie.best(9).tokens == (4,)


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_probability_that_is_none_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        HintTrie().add(0, 1, probability, CLIENT)
