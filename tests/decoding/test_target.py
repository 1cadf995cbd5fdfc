from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.target import ExitGuess, PassCancelled, TargetEngine, TargetTurn
from specedge.models.loading import LoadedModel
from tests.decoding import pair

CONTEXT = Context("go to the red chair", "order; sit.", "ok")


@pytest.fixture
def engine(target: LoadedModel) -> Iterator[TargetEngine]:
    engine = pair.engine(target)
    yield engine
    engine.close()


def begin(engine: TargetEngine, seed: int = 0, stop: threading.Event | None = None) -> TargetTurn:
    sampling = Sampling(0.8 if seed % 2 else 0.0, seed)
    return engine.begin(pair.frame(seed), CONTEXT, sampling, stop or threading.Event())


def alone(engine: TargetEngine, seed: int = 0) -> list[int]:
    """The target's choices, one at a time."""
    turn = begin(engine, seed)
    while not turn.state.complete:
        turn.verify(turn.version, [])
    return turn.state.choices


def test_the_choices_are_those_of_the_models_own_forward(engine: TargetEngine) -> None:
    choices = alone(engine)
    model = engine.loaded
    prompt = model.prompts.make(pair.frame(0), CONTEXT)
    state = engine.grammar.start()
    for choice in choices:
        ids = torch.cat((prompt.ids, torch.tensor(state.tokens, dtype=torch.long)))[None]
        kinds = (ids == model.network.config.image_token_id).int()
        with torch.inference_mode():
            logits = model.network(input_ids=ids, mm_token_type_ids=kinds, **prompt.vision).logits
        allowed = torch.from_numpy(state.allowed())
        assert choice == int(allowed[logits[0, -1, allowed].argmax()])
        state.choose(choice)
    assert state.complete


@pytest.mark.parametrize("seed", range(4))
def test_right_candidates_stand_in_one_pass(engine: TargetEngine, seed: int) -> None:
    choices = alone(engine, seed)
    turn = begin(engine, seed)
    verdict = turn.verify(0, choices)
    assert (verdict.accepted, verdict.passes) == (len(choices), 1)
    assert verdict.choices == tuple(choices)
    assert turn.state.choices == choices


@pytest.mark.parametrize("seed", range(4))
def test_a_wrong_candidate_ends_what_stands_and_is_replaced(
    engine: TargetEngine, seed: int
) -> None:
    choices = alone(engine, seed)
    for wrong_at, right in enumerate(choices):
        version = wrong_at // 2
        turn = begin(engine, seed)
        # Leaves the turn one choice further, so that these candidates follow an older version.
        turn.verify(0, choices[:version])
        wrong = [token + (index == wrong_at) for index, token in enumerate(choices)]
        verdict = turn.verify(version, wrong[version:])
        assert version + verdict.accepted == wrong_at
        assert verdict.choices[verdict.accepted] == right


def test_a_repeated_question_gets_the_same_answer_without_a_pass(engine: TargetEngine) -> None:
    choices = alone(engine)
    turn = begin(engine)
    first = turn.verify(0, choices[:3])
    again = turn.verify(0, choices[:3])
    assert (again.accepted, again.choices, again.passes) == (first.accepted, first.choices, 0)


def test_exits_answer_during_the_pass_and_leave_its_output_alone(target: LoadedModel) -> None:
    bare = pair.engine(target, exits=False)
    expected = alone(bare)
    plain = bare.begin(pair.frame(0), CONTEXT, Sampling(), threading.Event())
    logits = plain._sequence.run(plain.state.tokens, [0])
    bare.close()

    engine = pair.engine(target)
    turn = engine.begin(pair.frame(0), CONTEXT, Sampling(), threading.Event())
    seen: list[int] = []
    read = engine.run(
        turn._sequence,
        turn.state.tokens,
        [0],
        threading.Event(),
        lambda layer, hidden: seen.append(layer),
    )
    assert seen == list(pair.EXITS)
    assert (read == logits).all()
    assert alone(engine) == expected
    engine.close()


def test_an_exit_speaks_before_later_layers_have_run(engine: TargetEngine) -> None:
    order: list[str] = []
    last = engine.loaded.layers[-1]
    handle = last.register_forward_hook(lambda *_: order.append("last layer"))
    turn = begin(engine)
    order.clear()
    turn.verify(1, alone(engine)[1:4], lambda guess: order.append(f"exit {guess.layer}"))
    handle.remove()
    assert order[-3:] == ["exit 0", "exit 2", "last layer"]


def test_an_exit_guess_is_a_verdict_with_a_confidence(engine: TargetEngine) -> None:
    choices = alone(engine)
    turn = begin(engine)
    guesses: list[ExitGuess] = []
    turn.verify(0, choices[:4], guesses.append)
    assert [guess.layer for guess in guesses] == list(pair.EXITS)
    for guess in guesses:
        # The first candidate had been chosen with the prompt: no exit can doubt it.
        assert 1 <= guess.accepted <= 4
        assert 0.0 < guess.confidence <= 1.0


def test_a_cancelled_pass_ends_between_layers_and_leaves_the_turn_as_it_was(
    engine: TargetEngine,
) -> None:
    choices = alone(engine)
    stop = threading.Event()
    turn = begin(engine, stop=stop)
    with pytest.raises(PassCancelled):
        turn.verify(1, choices[1:4], lambda guess: stop.set())
    assert turn.version == 1
    stop.clear()
    assert turn.verify(1, choices[1:]).accepted == len(choices) - 1


def test_turns_on_one_engine_do_not_disturb_each_other(engine: TargetEngine) -> None:
    expected = [alone(engine, seed) for seed in range(3)]
    turns = [begin(engine, seed) for seed in range(3)]
    while not all(turn.state.complete for turn in turns):
        for turn in turns:
            if not turn.state.complete:
                turn.verify(turn.version, [])
    assert [turn.state.choices for turn in turns] == expected
