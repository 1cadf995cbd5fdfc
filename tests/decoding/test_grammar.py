from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.commands import grammar, parse
from specedge.decoding.grammar import (
    LONGEST_TEXT,
    CommandGrammar,
    GrammarError,
    GrammarState,
    has_room,
)
from specedge.models.loading import LoadedModel


@pytest.fixture(scope="module")
def commands(target: LoadedModel) -> CommandGrammar:
    return CommandGrammar(target.tokenizer, grammar())


def babble(state: GrammarState, dice: random.Random) -> None:
    while not state.complete:
        state.choose(int(dice.choice(state.allowed())))


@given(dice=st.randoms(use_true_random=False))
def test_whatever_a_model_chooses_the_text_is_a_command(
    commands: CommandGrammar, dice: random.Random
) -> None:
    state = commands.start()
    babble(state, dice)
    assert parse(state.text()).text == state.text()


def test_the_wordiest_command_ends_before_it_is_given_up(commands: CommandGrammar) -> None:
    def saving(token: int) -> tuple[int, bool, bool]:
        text = commands.tokenizer.text([token])
        # Letter by letter, then another word, then another action.
        return len(text), not text.isalpha(), text not in " ;"

    state = commands.start()
    while not state.complete:
        assert has_room(state)
        state.choose(min(map(int, state.allowed()), key=saving))
    assert 80 < state.position < LONGEST_TEXT


@given(dice=st.randoms(use_true_random=False), data=st.data())
def test_rewinding_and_choosing_again_gives_the_same_text(
    commands: CommandGrammar, dice: random.Random, data: st.DataObject
) -> None:
    state = commands.start()
    babble(state, dice)
    choices, tokens = list(state.choices), list(state.tokens)
    state.rewind(data.draw(st.integers(0, len(choices))))
    assert not state.complete or state.choices == choices
    state.rebase(choices)
    assert (state.tokens, state.choices) == (tokens, choices)
    assert state.complete


@given(dice=st.randoms(use_true_random=False))
def test_choices_alone_give_the_text_at_the_other_end(
    commands: CommandGrammar, dice: random.Random
) -> None:
    state, other = commands.start(), commands.start()
    babble(state, dice)
    other.rebase(state.choices)
    assert other.tokens == state.tokens
    assert len(other.choices) < len(other.tokens)


def test_a_fork_goes_its_own_way(commands: CommandGrammar) -> None:
    state = commands.start()
    state.choose(int(state.allowed()[0]))
    fork = state.fork()
    babble(fork, random.Random(0))
    assert len(state.choices) == 1
    assert fork.choices[0] == state.choices[0]
    assert state.allows(fork.choices[1])


def test_a_token_outside_the_grammar_is_refused_and_changes_nothing(
    commands: CommandGrammar,
) -> None:
    state = commands.start()
    outside = next(token for token in range(1000) if not state.allows(token))
    with pytest.raises(GrammarError, match="cannot follow"):
        state.choose(outside)
    assert state.tokens == []
    babble(state, random.Random(1))
    assert state.complete


def test_a_grammar_that_does_not_compile_is_refused(target: LoadedModel) -> None:
    with pytest.raises(GrammarError, match="does not compile"):
        CommandGrammar(target.tokenizer, "start: (")
