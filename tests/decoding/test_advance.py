"""Passes over trees of candidates: the text of the target alone, whatever the candidates are."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling, choose, probability
from specedge.decoding.grammar import (
    LONGEST_TEXT,
    CommandGrammar,
    CommandTooLong,
    GrammarState,
)
from specedge.decoding.target import LARGEST_PASS, PassCancelled, TargetEngine, TargetTurn
from specedge.decoding.tree import CandidateTree, HintSource
from specedge.decoding.verdict import ExitGuess
from specedge.models.exits import ExitHeads
from specedge.models.loading import LoadedModel
from specedge.models.sequence import SequenceMaker
from tests.decoding import pair

CONTEXT = Context("go to the red chair", "order; sit.", "ok")
SAMPLINGS = [
    Sampling(),
    Sampling(0.8, 1),
    Sampling(0.8, 2, top_k=3),
    Sampling(0.8, 3, top_p=0.7),
    Sampling(1.5, 4, top_k=8, top_p=0.9),
]


@pytest.fixture(scope="module")
def engine(target: LoadedModel) -> Iterator[TargetEngine]:
    engine = pair.engine(target)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def texts(engine: TargetEngine) -> list[list[int]]:
    """The target's choices by each sampling, one token a pass."""
    return [alone(engine, sampling) for sampling in SAMPLINGS]


def begin(
    engine: TargetEngine, sampling: Sampling, stop: threading.Event | None = None
) -> TargetTurn:
    frame = pair.frame(sampling.seed)
    return engine.begin(frame, CONTEXT, sampling, stop or threading.Event())


def alone(engine: TargetEngine, sampling: Sampling) -> list[int]:
    turn = begin(engine, sampling)
    while not turn.state.complete:
        turn.advance(single=True)
    return turn.state.choices


def random_tree(
    dice: np.random.Generator, size: int, right: list[int], vocabulary: int
) -> CandidateTree:
    """A tree with a right path of random length, and wrong branches anywhere."""
    parents, tokens = [], []
    on_path: dict[int, int] = {-1: 0}  # nodes that are right, with the choices before the next
    for node in range(size):
        parent = int(dice.integers(-1, node)) if dice.random() < 0.5 else max(on_path)
        depth = on_path.get(parent)
        if depth is not None and depth < len(right) and dice.random() < 0.7:
            tokens.append(right[depth])
            on_path[node] = depth + 1
        else:
            tokens.append(int(dice.integers(0, vocabulary)))
        parents.append(parent)
    sources = tuple(HintSource(int(number)) for number in dice.integers(1, 4, size))
    return CandidateTree(tuple(parents), tuple(tokens), sources, (0.5,) * size)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, len(SAMPLINGS) - 1), seed=st.integers(0, 10**6))
def test_random_trees_do_not_change_the_text(
    engine: TargetEngine, texts: list[list[int]], which: int, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    turn = begin(engine, SAMPLINGS[which])
    right = texts[which]
    while not turn.state.complete:
        version = turn.version
        tree = random_tree(dice, int(dice.integers(0, 14)), right[version:], 1200)
        verdict = turn.advance(tree, single=bool(dice.random() < 0.5))
        assert verdict.version == version
        assert turn.state.choices == right[: turn.version]
        assert list(verdict.choices) == right[version : turn.version]
        assert len(verdict.sources) == len(verdict.choices) <= verdict.accepted + 1
        assert HintSource.TARGET not in verdict.sources[: verdict.accepted]
    assert turn.state.choices == right


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, len(SAMPLINGS) - 1), seed=st.integers(0, 10**6))
def test_garbage_does_not_change_the_text(
    engine: TargetEngine, texts: list[list[int]], which: int, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    turn = begin(engine, SAMPLINGS[which])
    while not turn.state.complete:
        garbage = random_tree(dice, 20, [], 1200)
        tokens = tuple(int(token) for token in dice.integers(-(2**31), 2**31, 20))
        turn.advance(
            dataclasses.replace(garbage, tokens=tokens) if dice.random() < 0.3 else garbage
        )
    assert turn.state.choices == texts[which]


@pytest.mark.parametrize("which", range(len(SAMPLINGS)))
def test_the_right_path_among_wrong_ones_stands_in_one_pass(
    engine: TargetEngine, texts: list[list[int]], which: int
) -> None:
    turn = begin(engine, SAMPLINGS[which])
    right = texts[which][1:]
    # A wrong sibling before each right candidate.
    parents, tokens, above = [], [], -1
    for choice in right:
        parents += [above, above]
        tokens += [choice + 1, choice]
        above = len(tokens) - 1
    sources = (HintSource.HISTORY, HintSource.SELF) * len(right)
    verdict = turn.advance(
        CandidateTree(tuple(parents), tuple(tokens), sources, (0.5,) * len(tokens))
    )
    assert turn.state.complete
    assert verdict.choices == tuple(right)
    assert verdict.sources == (HintSource.SELF,) * len(right)
    assert (verdict.accepted, verdict.passes) == (len(right), 1)


def test_without_candidates_a_single_pass_reads_one_token(engine: TargetEngine) -> None:
    turn = begin(engine, SAMPLINGS[0])
    while not turn.state.complete:
        pending = turn.pending
        verdict = turn.advance(single=True)
        assert verdict.tokens == verdict.passes == 1
        assert len(verdict.choices) == (1 if pending == 1 else 0)


def test_a_pass_without_candidates_reads_all_that_is_forced(engine: TargetEngine) -> None:
    turn = begin(engine, SAMPLINGS[0])
    while not turn.state.complete:
        pending = turn.pending
        verdict = turn.advance()
        assert (verdict.tokens, len(verdict.choices)) == (pending, 1)


def test_a_complete_text_costs_no_more_passes(engine: TargetEngine, texts: list[list[int]]) -> None:
    turn = begin(engine, SAMPLINGS[0])
    turn.advance(CandidateTree.chain(texts[0][1:]))
    verdict = turn.advance(CandidateTree.chain([5]))
    assert (verdict.choices, verdict.passes, verdict.tokens) == ((), 0, 0)


def test_a_pass_has_a_largest_size_and_the_first_candidates_count(
    engine: TargetEngine, texts: list[list[int]]
) -> None:
    turn = begin(engine, SAMPLINGS[0])
    right = texts[0][1:]
    wrong = [int(token) for token in turn.state.allowed() if token != right[0]]
    assert len(wrong) > LARGEST_PASS
    parents = (-1,) * (1 + len(wrong)) + (0,)
    tokens = (right[0], *wrong, right[1])
    count = len(tokens)
    verdict = turn.advance(
        CandidateTree(parents, tokens, (HintSource.CLIENT,) * count, (0.5,) * count)
    )
    assert verdict.tokens <= LARGEST_PASS
    assert (verdict.accepted, verdict.choices) == (1, tuple(right[:2]))


def test_a_tree_pass_that_is_cancelled_half_way_leaves_no_trace(
    engine: TargetEngine, texts: list[list[int]]
) -> None:
    stop = threading.Event()
    turn = begin(engine, SAMPLINGS[1], stop)
    turn.advance(random_tree(np.random.default_rng(5), 9, texts[1][1:3], 1200))
    dice = np.random.default_rng(7)
    before = (list(turn.state.tokens), turn.pending)
    with pytest.raises(PassCancelled):
        turn.advance(
            random_tree(dice, 12, texts[1][turn.version :], 1200), on_exit=lambda _guess: stop.set()
        )
    assert (turn.state.tokens, turn.pending) == before
    stop.clear()
    while not turn.state.complete:
        turn.advance(random_tree(dice, 9, texts[1][turn.version :], 1200))
    assert turn.state.choices == texts[1]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, len(SAMPLINGS) - 1), seed=st.integers(0, 10**6))
def test_an_exit_that_sees_what_the_target_sees_guesses_the_verdict(
    blind_layer: TargetEngine, which: int, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    right = alone(blind_layer, SAMPLINGS[which])
    turn = begin(blind_layer, SAMPLINGS[which])
    while not turn.state.complete:
        guesses: list[ExitGuess] = []
        verdict = turn.advance(
            random_tree(dice, 10, right[turn.version :], 1200), on_exit=guesses.append
        )
        assert [guess.layer for guess in guesses] == [0, pair.LAYERS - 2]
        last = guesses[-1]
        assert (last.choices, last.accepted) == (verdict.choices, verdict.accepted)
        assert 0.0 < last.confidence <= 1.0


@pytest.fixture(scope="module")
def blind_layer(folders: tuple[Path, Path]) -> Iterator[TargetEngine]:
    """A target whose last layer adds nothing, with an exit just before it."""
    loaded = pair.load(folders[0])
    with torch.no_grad():
        loaded.layers[-1].self_attn.o_proj.weight.zero_()
        loaded.layers[-1].mlp.down_proj.weight.zero_()
    hidden = loaded.lm_head.weight.shape[1]
    exits = ExitHeads(hidden, (0, pair.LAYERS - 2), rank=4).eval().requires_grad_(False)
    engine = TargetEngine(loaded, exits, pair.commands(loaded))
    yield engine
    engine.close()


def test_the_state_behind_the_last_choice_is_offered_to_who_asks(target: LoadedModel) -> None:
    bare = pair.engine(target)
    assert begin(bare, SAMPLINGS[0]).last_hidden is None
    bare.close()

    exits = ExitHeads(target.lm_head.weight.shape[1], pair.EXITS, rank=4)
    engine = TargetEngine(target, exits, pair.commands(target), keep_hidden=True)
    right = alone(engine, SAMPLINGS[0])
    turn = begin(engine, SAMPLINGS[0])
    dice = np.random.default_rng(2)
    state = engine.grammar.start()
    while True:
        state.rebase(turn.state.choices[:-1])
        assert turn.last_hidden is not None
        with torch.inference_mode():
            logits = target.lm_head(turn.last_hidden).float().numpy()
        assert choose(logits, state.allowed(), 0, Sampling()) == turn.state.choices[-1]
        tree = random_tree(dice, 9, right[turn.version : -1], 1200)
        turn.advance(tree, on_exit=lambda _guess: None)
        if turn.state.complete:
            break
    engine.close()


def test_a_model_that_takes_no_trees_is_served_by_their_likeliest_path(
    target: LoadedModel, texts: list[list[int]]
) -> None:
    text = target.network.config.get_text_config()
    text._attn_implementation_internal = "flash_attention_2"
    engine = pair.engine(target)
    text._attn_implementation_internal = "sdpa"
    assert engine.no_trees
    turn = begin(engine, SAMPLINGS[0])
    right = texts[0][1:]
    tree = CandidateTree(
        (-1, -1, 1, 2, 1),
        (right[0] + 1, right[0], right[1], right[2], right[1] + 1),
        (HintSource.CLIENT,) * 5,
        (0.1, 0.9, 0.9, 0.9, 0.1),
    )
    assert turn.advance(tree).choices == tuple(right[:4])
    while not turn.state.complete:
        turn.advance(tree)
    assert turn.state.choices == texts[0]
    engine.close()


def test_a_text_that_does_not_end_is_given_up_at_the_same_length_with_candidates(
    target: LoadedModel,
) -> None:
    endless = CommandGrammar(target.tokenizer, "start: /[a-z ]{3000}/")
    engine = TargetEngine(target, None, endless)
    plain, turn = begin(engine, SAMPLINGS[0]), begin(engine, SAMPLINGS[0])
    with pytest.raises(CommandTooLong):
        advance_for_ever(plain, [])
    right = plain.state.choices
    with pytest.raises(CommandTooLong):
        advance_for_ever(turn, [*right, right[-1], right[-1]])
    assert turn.state.choices == right
    engine.close()


def advance_for_ever(turn: TargetTurn, candidates: list[int]) -> None:
    for _ in range(LONGEST_TEXT + 1):
        turn.advance(CandidateTree.chain(candidates[turn.version :][:20]))


DRAWS = 1500


@pytest.mark.slow
def test_texts_are_drawn_from_the_targets_masked_distribution(target: LoadedModel) -> None:
    small = CommandGrammar(target.tokenizer, "start: /[a-d]{2}/")
    engine = TargetEngine(target, None, small)
    prompt = target.prompts.make(pair.frame(0), CONTEXT)
    temperature = 0.8
    expected = dict(distribution(target, prompt.ids, prompt.vision, small.start(), temperature))
    assert sum(expected.values()) == pytest.approx(1.0)
    sequence = SequenceMaker(target).start(prompt)
    drawn = dict.fromkeys(expected, 0)
    dice = np.random.default_rng(0)
    likely = list(expected)
    for seed in range(DRAWS):
        sequence.keep([])
        sampling = Sampling(temperature, seed)
        turn = TargetTurn(engine, sequence, small.start(), sampling, threading.Event())
        while not turn.state.complete:
            guess = likely[dice.integers(0, len(likely))][turn.version :]
            turn.advance(random_tree(dice, 6, list(guess), 1200))
        drawn[tuple(turn.state.choices)] += 1
    engine.close()
    # Texts that are too rare for the test count together.
    rare = {text for text, share in expected.items() if DRAWS * share < 5.0}
    bins = [(drawn[text], share) for text, share in expected.items() if text not in rare]
    if rare:
        bins.append((sum(drawn[text] for text in rare), sum(expected[text] for text in rare)))
    assert len(bins) > 5
    chi_squared = sum((count - DRAWS * share) ** 2 / (DRAWS * share) for count, share in bins)
    degrees = len(bins) - 1
    # Wilson and Hilferty's approximation of the quantile that chance exceeds once in a thousand.
    assert chi_squared < degrees * (1 - 2 / (9 * degrees) + 3.09 * (2 / (9 * degrees)) ** 0.5) ** 3


def distribution(
    model: LoadedModel,
    ids: torch.Tensor,
    vision: dict[str, torch.Tensor],
    state: GrammarState,
    temperature: float,
    share: float = 1.0,
) -> Iterator[tuple[tuple[int, ...], float]]:
    """Probabilities of all texts, by the model's own forward without any cache."""
    if state.complete:
        yield tuple(state.choices), share
        return
    whole = torch.cat((ids, torch.tensor(state.tokens, dtype=torch.long)))[None]
    kinds = (whole == model.network.config.image_token_id).int()
    with torch.inference_mode():
        output = model.network(input_ids=whole, mm_token_type_ids=kinds, **vision)
    logits = output.logits[0, -1].float().numpy()
    allowed, depth = state.allowed(), len(state.choices)
    for token in allowed.tolist():
        state.choose(token)
        chosen = probability(logits, allowed, token, temperature)
        yield from distribution(model, ids, vision, state, temperature, share * chosen)
        state.rewind(depth)
