from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specedge.commands import Context
from specedge.decoding import draft as drafting
from specedge.decoding.acceptance import Sampling
from specedge.decoding.draft import DraftEngine, DraftTurn
from specedge.decoding.grammar import GrammarError
from specedge.decoding.target import TargetEngine
from specedge.models.loading import LoadedModel
from tests.decoding import pair

CONTEXT = Context("go to the red chair", "order; sit.", "ok")
SAMPLINGS = [Sampling(), Sampling(0.8, 1), Sampling(0.8, 2, top_k=4, top_p=0.9)]


def begin(model: LoadedModel, sampling: Sampling = SAMPLINGS[1]) -> DraftTurn:
    return DraftEngine(model, pair.commands(model)).begin(pair.frame(1), CONTEXT, sampling)


def whole_text(turn: DraftTurn) -> list[int]:
    """What the draft says by itself."""
    choices: list[int] = []
    complete = False
    while not complete:
        drafted = turn.expand([choices], 1)[0][0]
        choices.append(drafted.token)
        complete = drafted.complete
    return choices


def branches(turn: DraftTurn, width: int, depth: int) -> list[list[int]]:
    """Texts of up to some choices, the likeliest ``width`` after each."""
    texts: list[list[int]] = [[]]
    level = [[]] if depth else []
    for _ in range(depth):
        expanded = turn.expand(level, width)
        level = [
            [*prefix, drafted.token]
            for prefix, options in zip(level, expanded, strict=True)
            for drafted in options
        ]
        texts += level
    return texts


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_draft_that_is_the_target_drafts_the_targets_text(
    target: LoadedModel, sampling: Sampling
) -> None:
    engine = TargetEngine(target, None, pair.commands(target))
    turn = engine.begin(pair.frame(1), CONTEXT, sampling, threading.Event())
    while not turn.state.complete:
        turn.advance(single=True)
    engine.close()
    assert whole_text(begin(target, sampling)) == turn.state.choices


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), limit=st.sampled_from([12, 40, 256]))
def test_branches_drafted_together_are_those_drafted_alone(
    draft: LoadedModel, monkeypatch: pytest.MonkeyPatch, data: st.DataObject, limit: int
) -> None:
    monkeypatch.setattr(drafting, "LARGEST_CACHE", limit)
    texts = branches(begin(draft), 3, 3)
    together = begin(draft)
    for _ in range(3):
        prefixes = data.draw(st.lists(st.sampled_from(texts), min_size=1, max_size=6))
        for prefix, options in zip(prefixes, together.expand(prefixes, 3), strict=True):
            expected = begin(draft).expand([prefix], 3)[0]
            assert [option.token for option in options] == [option.token for option in expected]
            assert [option.forced for option in options] == [option.forced for option in expected]
            assert [option.probability for option in options] == pytest.approx(
                [option.probability for option in expected], abs=1e-4
            )


def test_many_branches_take_one_pass_and_known_ones_none(draft: LoadedModel) -> None:
    turn = begin(draft)
    texts = branches(begin(draft), 3, 2)
    passes: list[None] = []
    handle = draft.layers[0].register_forward_hook(lambda *_: passes.append(None))
    turn.expand(texts, 3)
    assert len(passes) == 1
    turn.expand(texts[::-1], 1)
    assert len(passes) == 1
    handle.remove()


def test_the_choices_after_a_text_come_likeliest_first(draft: LoadedModel) -> None:
    turn = begin(draft)
    text = whole_text(begin(draft))
    for length in range(len(text)):
        options = turn.expand([text[:length]], 4)[0]
        assert options[0].token == text[length]
        shares = [option.probability for option in options]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1.0 + 1e-9
        assert 1 <= len(options) <= 4
        assert options[0].complete == (length == len(text) - 1)


def test_after_a_complete_text_there_is_nothing_to_draft(draft: LoadedModel) -> None:
    turn = begin(draft)
    text = whole_text(turn)
    assert turn.expand([text, text[:1]], 2)[0] == []


def test_a_text_that_the_grammar_does_not_allow_is_refused(draft: LoadedModel) -> None:
    turn = begin(draft)
    with pytest.raises(GrammarError, match="cannot follow"):
        turn.expand([[2**20]], 1)
    assert whole_text(turn) == whole_text(begin(draft))


def test_a_draft_that_takes_no_trees_reads_branches_one_by_one(draft: LoadedModel) -> None:
    config = draft.network.config.get_text_config()
    config._attn_implementation_internal = "flash_attention_2"
    engine = DraftEngine(draft, pair.commands(draft))
    config._attn_implementation_internal = "sdpa"
    turn = engine.begin(pair.frame(1), CONTEXT, SAMPLINGS[1])
    texts = branches(begin(draft), 2, 2)
    tokens = [[option.token for option in options] for options in turn.expand(texts, 2)]
    again = begin(draft).expand(texts, 2)
    assert tokens == [[option.token for option in options] for options in again]
