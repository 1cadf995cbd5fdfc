from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specedge.commands import Context
from specedge.models.loading import LoadedModel
from specedge.models.sequence import Logits, Sequence, SequenceMaker, TreesNotSupported
from tests.decoding import pair
from tests.models.families import FAMILIES

CONTEXT = Context("go to the red chair")

# A tree of up to twelve tokens: each one's parent is an earlier one, or the prompt.
TREES = st.lists(st.integers(-1, 11), min_size=1, max_size=12).map(
    lambda above: [min(parent, index - 1) for index, parent in enumerate(above)]
)


def start(target: LoadedModel) -> Sequence:
    return SequenceMaker(target).start(target.prompts.make(pair.frame(3), CONTEXT))


def path_to(parents: list[int], index: int) -> list[int]:
    """Indices from the prompt to a token."""
    path = []
    while index >= 0:
        path.append(index)
        index = parents[index]
    return path[::-1]


def alone(target: LoadedModel, tokens: list[int]) -> Logits:
    """Logits after a text that is read by itself."""
    return start(target).run(tokens, [len(tokens) - 1])[0]


def assert_close(logits: Logits, expected: Logits) -> None:
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)


def test_a_sequence_in_pieces_has_the_logits_of_one_forward(target: LoadedModel) -> None:
    prompt = target.prompts.make(pair.frame(3), Context("go to the red chair"))
    tokens = list(range(300, 312))
    ids = torch.cat((prompt.ids, torch.tensor(tokens)))[None]
    kinds = (ids == target.network.config.image_token_id).int()
    with torch.inference_mode():
        whole = target.network(input_ids=ids, mm_token_type_ids=kinds, **prompt.vision).logits[0]
    maker = SequenceMaker(target)
    maker.start(target.prompts.make(pair.frame(4), Context("sit")))  # must leave nothing behind
    sequence = maker.start(prompt)
    start = len(prompt.ids)
    torch.testing.assert_close(torch.from_numpy(sequence.prompt_logits), whole[start - 1])
    sequence.run([999] * 5, [4])
    sequence.keep([])
    pieces = [sequence.run(tokens[:5], [0, 4]), sequence.run(tokens[5:], [0, 6])]
    expected = whole[[start, start + 4, start + 5, start + 11]]
    torch.testing.assert_close(
        torch.cat([torch.from_numpy(piece) for piece in pieces]), expected, rtol=1e-4, atol=1e-4
    )


@pytest.fixture(params=["sdpa", "eager"])
def either(target: LoadedModel, request: pytest.FixtureRequest) -> Iterator[LoadedModel]:
    """The target with either attention that takes masks."""
    target.network.set_attn_implementation(request.param)
    yield target
    target.network.set_attn_implementation("sdpa")


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parents=TREES, cut=st.integers(0, 12))
def test_a_token_of_a_tree_has_the_logits_of_its_own_text(
    either: LoadedModel, parents: list[int], cut: int
) -> None:
    tokens = [300 + 7 * index for index in range(len(parents))]
    sequence = start(either)
    # In two passes, so that the second one's tokens follow stored ones.
    pieces = [
        sequence.run(tokens[part], list(range(len(tokens[part]))), parents[part])
        for part in (slice(0, cut), slice(cut, None))
        if tokens[part]
    ]
    for index, logits in enumerate(np.concatenate(pieces)):
        assert_close(logits, alone(either, [tokens[i] for i in path_to(parents, index)]))


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("family", FAMILIES)
def test_trees_are_read_alike_by_all_families(family: str, attention: str, tmp_path: Path) -> None:
    FAMILIES[family](tmp_path, 0)
    model = pair.load(tmp_path)
    model.network.set_attn_implementation(attention)
    parents = [-1, 0, 0, 1, 2, -1, 5]
    tokens = [300 + 7 * index for index in range(len(parents))]
    sequence = start(model)
    assert sequence.no_trees == ""
    first = sequence.run(tokens[:4], [0, 1, 2, 3], parents[:4])
    second = sequence.run(tokens[4:], [0, 1, 2], parents[4:])
    for index, logits in enumerate([*first, *second]):
        assert_close(logits, alone(model, [tokens[i] for i in path_to(parents, index)]))
    sequence.keep([0, 2, 4])
    text = [tokens[0], tokens[2], tokens[4], 999]
    assert_close(sequence.run([999], [0])[0], alone(model, text))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parents=TREES, last=st.integers(0, 11))
def test_a_kept_path_goes_on_as_if_nothing_else_had_been_read(
    target: LoadedModel, parents: list[int], last: int
) -> None:
    tokens = [300 + 7 * index for index in range(len(parents))]
    sequence = start(target)
    sequence.run(tokens, [0], parents)
    path = path_to(parents, min(last, len(parents) - 1))
    sequence.keep(path)
    text = [tokens[index] for index in path]
    assert sequence.tokens == text
    assert sequence.parents == list(range(-1, len(path) - 1))
    assert sequence.find([*text, 999]) == list(range(len(path)))
    assert_close(sequence.run([999], [0])[0], alone(target, [*text, 999]))


def test_what_is_kept_may_be_a_tree_itself(target: LoadedModel) -> None:
    sequence = start(target)
    sequence.run([300, 301, 302, 303, 304], [0], [-1, 0, -1, 2, 2])
    sequence.keep([2, 3, 4])
    assert (sequence.tokens, sequence.parents) == ([302, 303, 304], [-1, 0, 0])
    logits = sequence.run([305, 306], [0, 1], [1, 2])
    assert_close(logits[0], alone(target, [302, 303, 305]))
    assert_close(logits[1], alone(target, [302, 304, 306]))


def test_a_tree_pass_that_is_given_up_half_way_leaves_nothing_behind(target: LoadedModel) -> None:
    sequence = start(target)
    sequence.run([300, 301], [0])

    def give_up(*_: object) -> None:
        raise InterruptedError

    handle = target.layers[2].register_forward_pre_hook(give_up)
    with pytest.raises(InterruptedError):
        sequence.run([302, 303, 304], [0], [1, 1, 0])
    handle.remove()
    assert sequence.tokens == [300, 301]
    assert_close(sequence.run([305], [0])[0], alone(target, [300, 301, 305]))


def test_a_chain_needs_no_mask(target: LoadedModel) -> None:
    masks: list[object] = []
    handle = target.network.get_decoder().register_forward_pre_hook(
        lambda _module, _inputs, named: masks.append(named["attention_mask"]), with_kwargs=True
    )
    sequence = start(target)
    masks.clear()
    sequence.run([300, 301], [0])
    sequence.run([302, 303], [0], [1, 2])
    assert masks == [None, None]
    sequence.run([304], [0], [1])
    assert masks[2] is not None
    handle.remove()


def test_a_model_whose_attention_takes_no_mask_reads_chains_only(target: LoadedModel) -> None:
    text = target.network.config.get_text_config()
    text._attn_implementation_internal = "flash_attention_2"
    maker = SequenceMaker(target)
    text._attn_implementation_internal = "sdpa"
    assert "flash_attention_2" in maker.no_trees
    sequence = maker.start(target.prompts.make(pair.frame(3), CONTEXT))
    sequence.run([300, 301], [1])
    with pytest.raises(TreesNotSupported, match="flash_attention_2"):
        sequence.run([302], [0], [0])
    assert sequence.tokens == [300, 301]
    assert_close(sequence.run([302], [0])[0], alone(target, [300, 301, 302]))
