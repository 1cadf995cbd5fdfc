from __future__ import annotations

import threading
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specedge.commands import Context, grammar
from specedge.decoding.acceptance import Sampling
from specedge.decoding.grammar import CommandGrammar, GrammarState
from specedge.decoding.hints import HintTrie
from specedge.decoding.ngrams import MOST_PLACES, History
from specedge.decoding.tree import CandidateTree, HintSource
from specedge.models.loading import LoadedModel
from specedge.models.tokenizer import TokenizerFile
from specedge.protocol.messages import LONGEST_FIELD
from tests.decoding import pair

LAST = "red chair: left 20 deg, 2.5 m; turn left 20 deg; walk 1.5 m."
GOAL = "Go to the red chair"


@pytest.fixture(scope="session")
def compiled(target: LoadedModel) -> CommandGrammar:
    return CommandGrammar(target.tokenizer, grammar())


def after(compiled: CommandGrammar, text: str) -> GrammarState:
    """The state after a beginning of a command."""
    state = compiled.start()
    tokens = compiled.tokenizer.tokens.tokenize_str(text)
    while state.position < len(tokens):
        state.choose(tokens[state.position])
    return state


def proposed(state: GrammarState, tree: CandidateTree) -> dict[str, float]:
    """Each candidate's text, with its probability."""
    texts: dict[str, float] = {}
    base, start = list(state.choices), state.position
    for node in range(len(tree)):
        path, above = [tree.tokens[node]], tree.parents[node]
        while above >= 0:
            path.insert(0, tree.tokens[above])
            above = tree.parents[above]
        state.rebase([*base, *path])
        texts[state.text(start)] = tree.probabilities[node]
    state.rebase(base)
    return texts


def test_a_turn_may_begin_as_the_last_command_did(compiled: CommandGrammar) -> None:
    history = History.of(Context(GOAL, LAST), compiled.tokenizer)
    state = compiled.start()
    tree = history.candidates(state)
    assert set(tree.sources) == {HintSource.HISTORY}
    texts = list(proposed(state, tree))
    assert texts[0] == "red"
    assert all(LAST.startswith(text) for text in texts)


def test_without_a_last_command_the_beginning_is_unknown(compiled: CommandGrammar) -> None:
    history = History.of(Context(GOAL), compiled.tokenizer)
    assert not history.candidates(compiled.start())


def test_a_name_is_taken_from_the_goal(compiled: CommandGrammar) -> None:
    state = after(compiled, "red")
    history = History.of(Context(GOAL), compiled.tokenizer)
    assert list(proposed(state, history.candidates(state))) == [" chair"]


def test_a_name_is_taken_from_a_goal_of_many_words(compiled: CommandGrammar) -> None:
    state = after(compiled, "red")
    goal = "when you have seen it go to the red chair near the door and wait there"
    texts = proposed(state, History.of(Context(goal), compiled.tokenizer).candidates(state))
    assert " chair near the" in texts


class CountingTokenizer:
    """A tokenizer that counts what it is given to read."""

    def __init__(self) -> None:
        self.characters = 0
        self.tokens = self

    def tokenize_str(self, text: str) -> list[int]:
        self.characters += len(text)
        return []


def test_the_longest_goal_is_not_read_once_for_each_of_its_words() -> None:
    tokenizer = CountingTokenizer()
    History.of(Context("a " * (LONGEST_FIELD // 2)), cast(TokenizerFile, tokenizer))
    assert tokenizer.characters <= LONGEST_FIELD


def test_few_places_of_a_text_that_repeats_itself_are_followed(
    compiled: CommandGrammar, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[int] = []
    choices = History._choices

    def counting(
        self: History, state: GrammarState, document: list[int], place: int
    ) -> tuple[int, ...]:
        followed.append(place)
        return choices(self, state, document, place)

    monkeypatch.setattr(History, "_choices", counting)
    history = History.of(Context("z " * 200, "z" * 2000), compiled.tokenizer)
    history.candidates(after(compiled, "zzzzzzzz"))
    assert 0 < len(followed) <= MOST_PLACES


def test_what_the_text_and_the_last_command_repeat_are_both_proposed(
    compiled: CommandGrammar,
) -> None:
    state = after(compiled, "red chair: left 35 deg, 2.1 m; turn left")
    history = History.of(Context(GOAL, LAST), compiled.tokenizer)
    texts = proposed(state, history.candidates(state))
    assert " 35 deg" in texts
    assert " 20 deg; walk 1." in texts
    # Three tokens agree with the last command, one with the text itself.
    assert texts[" 20 deg"] > texts[" 35 deg"]


def test_a_suffix_that_went_on_in_two_ways_shares_its_probability(
    compiled: CommandGrammar,
) -> None:
    state = after(compiled, "red")
    chair, table = (
        compiled.tokenizer.tokens.tokenize_str(name) for name in ("red chair", "red table")
    )
    history = History([], [[*chair, *table, *chair]], length=1, probabilities=(0.0, 0.6, 0.0, 0.0))
    assert proposed(state, history.candidates(state)) == pytest.approx(
        {" chair": 0.4, " table": 0.2}
    )


@settings(max_examples=50)
@given(
    st.lists(st.integers(0, 1200), max_size=30),
    st.lists(st.integers(0, 1200), max_size=30),
    st.integers(0, 3),
)
def test_any_history_gives_only_what_the_grammar_allows(
    compiled: CommandGrammar, last: list[int], goal: list[int], seed: int
) -> None:
    state = after(compiled, ["", "red", "red chair", "red chair: left"][seed])
    before = list(state.tokens)
    tree = History([*last, *before, *goal, *last], [goal, [*before, *last]]).candidates(state)
    assert state.tokens == before
    assert len(proposed(state, tree)) == len(tree)


def test_it_fills_the_trie_after_the_verified_text(target: LoadedModel) -> None:
    engine = pair.engine(target)
    context = Context(GOAL, LAST)
    turn = engine.begin(pair.frame(0), context, Sampling(), threading.Event())
    history = History([*turn.state.tokens, int(turn.state.allowed()[0])])
    trie = HintTrie()
    for choice in turn.state.choices:
        trie.advance(choice)
    history.propose(turn, trie)
    assert trie.best(99).tokens == history.candidates(turn.state).tokens != ()
    engine.close()


def test_a_probability_is_needed_for_each_length() -> None:
    with pytest.raises(ValueError, match="4 probabilities"):
        History([], probabilities=(0.5,))
