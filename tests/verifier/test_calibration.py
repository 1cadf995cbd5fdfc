from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.decoding.tree import CandidateTree, HintSource
from specedge.verifier.calibration import UNKNOWN, CandidateCalibration

SHARES = st.floats(0.0, 1.0)
SOURCES = st.sampled_from([HintSource.CLIENT, HintSource.SELF, HintSource.HISTORY])


@st.composite
def trees(draw: st.DrawFn) -> CandidateTree:
    nodes = draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), SOURCES, SHARES)))
    return CandidateTree(
        tuple(parent % (index + 1) - 1 for index, (parent, *_) in enumerate(nodes)),
        tuple(token for _, token, _, _ in nodes),
        tuple(source for _, _, source, _ in nodes),
        tuple(probability for *_, probability in nodes),
    )


def learnt(observed: list[tuple[CandidateTree, list[int]]]) -> CandidateCalibration:
    calibration = CandidateCalibration()
    for tree, choices in observed:
        calibration.observe(tree, choices)
    return calibration


OBSERVED = st.lists(st.tuples(trees(), st.lists(st.integers(0, 3), max_size=5)), max_size=10)


@given(SOURCES, SHARES)
def test_a_source_is_believed_until_something_is_known(source: HintSource, stated: float) -> None:
    assert CandidateCalibration().probability(source, stated) == stated
    assert CandidateCalibration().share(source) == UNKNOWN


@given(OBSERVED, SOURCES, SHARES)
def test_probabilities_stay_probabilities(
    observed: list[tuple[CandidateTree, list[int]]], source: HintSource, stated: float
) -> None:
    calibration = learnt(observed)
    assert 0.0 <= calibration.probability(source, stated) <= 1.0
    assert 0.0 <= calibration.share(source) <= 1.0


@given(OBSERVED, trees())
def test_calibrated_trees_have_the_same_candidates_likeliest_first(
    observed: list[tuple[CandidateTree, list[int]]], tree: CandidateTree
) -> None:
    calibrated = learnt(observed).calibrate(tree)
    assert sorted(paths(calibrated)) == sorted(paths(tree))
    gains = [after - before for before, after in itertools.pairwise(calibrated.expected)]
    assert all(later <= sooner + 1e-9 for sooner, later in itertools.pairwise(gains))


def paths(tree: CandidateTree) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = []
    for parent, token in zip(tree.parents, tree.tokens, strict=True):
        found.append((*(found[parent] if parent >= 0 else ()), token))
    return found


def test_what_comes_true_half_the_time_is_taken_for_that() -> None:
    sure = CandidateTree.chain([1], HintSource.CLIENT, 0.9)
    calibration = learnt([(sure, [choice]) for choice in (1, 2) * 200])
    assert calibration.probability(HintSource.CLIENT, 0.9) == pytest.approx(0.5, abs=0.1)
    assert calibration.share(HintSource.CLIENT) == pytest.approx(0.5, abs=0.1)
    assert calibration.probability(HintSource.HISTORY, 0.9) == 0.9
    assert calibration.probability(HintSource.CLIENT, 0.2) == 0.2


def test_only_candidates_that_were_put_to_the_test_count() -> None:
    # 1 is right, of its children 2 is wrong and 3 right; what follows 2 and 9 was never in doubt.
    tree = CandidateTree(
        (-1, 0, 0, 1, -1, 4), (1, 2, 3, 3, 9, 3), (HintSource.CLIENT,) * 6, (0.6,) * 6
    )
    calibration = learnt([(tree, [1, 3])])
    assert calibration.share(HintSource.CLIENT) == pytest.approx(0.5)


def test_a_source_that_gets_better_is_believed_again() -> None:
    draft = CandidateTree.chain([1], HintSource.CLIENT, 0.8)
    calibration = learnt([(draft, [2])] * 200)
    assert calibration.probability(HintSource.CLIENT, 0.8) < 0.05
    for _ in range(100):
        calibration.observe(draft, [1])
    assert calibration.probability(HintSource.CLIENT, 0.8) > 0.9
