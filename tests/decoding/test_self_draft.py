"""Candidates of the target's own: allowed by the grammar, likely enough, never of any effect."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.hints import HintTrie
from specedge.decoding.self_draft import LEAST_LIKELY, LONGEST, SelfDraft
from specedge.decoding.target import TargetEngine, TargetTurn
from specedge.decoding.tree import HintSource
from specedge.models.ahead import AheadHead
from specedge.models.loading import LoadedModel
from tests.decoding.pair import commands, frame

CONTEXT = Context("go to the red chair")


def head(target: LoadedModel, seed: int) -> AheadHead:
    """A head that is not trained, sure enough of itself to draft whole paths."""
    torch.manual_seed(seed)
    made = AheadHead(target.lm_head.weight.shape[1], 16)
    made.temperature = 0.01
    return made.eval().requires_grad_(False)


def begin(engine: TargetEngine, sampling: Sampling, seed: int) -> TargetTurn:
    return engine.begin(frame(seed), CONTEXT, sampling, threading.Event())


def text(turn: TargetTurn) -> list[int]:
    while not turn.state.complete:
        turn.advance()
    return turn.state.tokens


@pytest.fixture(scope="module")
def engine(target: LoadedModel) -> Iterator[TargetEngine]:
    made = TargetEngine(target, None, commands(target), keep_hidden=True)
    yield made
    made.close()


@given(seed=st.integers(0, 50), temperature=st.sampled_from([0.0, 0.8]))
def test_what_it_drafts_follows_the_verified_text_by_the_grammar(
    engine: TargetEngine, target: LoadedModel, seed: int, temperature: float
) -> None:
    turn = begin(engine, Sampling(temperature, seed), seed % 3)
    trie = HintTrie()
    for choice in turn.state.choices:
        trie.advance(choice)
    SelfDraft(head(target, seed), target).propose(turn, trie)
    tree = trie.best(1000)
    assert len(tree) > 0
    assert set(tree.sources) == {HintSource.SELF}
    paths: list[list[int]] = []
    likely: list[float] = []
    state = turn.state.fork()
    for parent, token, share in zip(tree.parents, tree.tokens, tree.probabilities, strict=True):
        above = paths[parent] if parent >= 0 else list(turn.state.choices)
        state.rebase(above)
        assert state.allows(token)
        paths.append([*above, token])
        likely.append(share * (likely[parent] if parent >= 0 else 1.0))
    assert min(likely) >= LEAST_LIKELY
    assert max(map(len, paths)) <= len(turn.state.choices) + LONGEST


@pytest.mark.parametrize("temperature", [0.0, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_it_never_changes_the_text(
    engine: TargetEngine, target: LoadedModel, temperature: float, seed: int
) -> None:
    sampling = Sampling(temperature, seed)
    expected = text(begin(engine, sampling, seed))
    turn, trie = begin(engine, sampling, seed), HintTrie()
    draft = SelfDraft(head(target, seed), target)
    for choice in turn.state.choices:
        trie.advance(choice)
    while not turn.state.complete:
        draft.propose(turn, trie)
        for choice in turn.advance(trie.best(16)).choices:
            trie.advance(choice)
    assert turn.state.tokens == expected


def test_a_turn_whose_engine_keeps_no_states_gets_no_candidates(target: LoadedModel) -> None:
    forgetful = TargetEngine(target, None, commands(target))
    try:
        turn, trie = begin(forgetful, Sampling(), 0), HintTrie()
        for choice in turn.state.choices:
            trie.advance(choice)
        SelfDraft(head(target, 0), target).propose(turn, trie)
        assert trie.candidates == 0
    finally:
        forgetful.close()
