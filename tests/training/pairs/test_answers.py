from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.grammar import CommandGrammar
from specedge.decoding.target import TargetEngine
from specedge.models.loading import LoadedModel
from specedge.training.pairs.answers import (
    Answer,
    AnswerFile,
    Teller,
    WrongAnswers,
    allowed_places,
    chosen,
)
from specedge.training.pairs.draft import divergence
from specedge.training.pairs.forward import AnswerForward, allowed_mask
from specedge.training.pairs.samples import Sample
from tests.decoding import pair
from tests.decoding.conftest import folders, target

__all__ = ["folders", "target"]

RECORDED = "ball: left 25 deg, 2.5 m; turn left 25 deg."


@pytest.fixture(scope="module")
def grammar(target: LoadedModel) -> CommandGrammar:
    return pair.commands(target)


def sample(number: int, command: str = RECORDED) -> Sample:
    return Sample(pair.frame(number), Context("go to the ball"), command, "one")


def test_the_own_answer_is_what_the_engine_writes(
    target: LoadedModel, grammar: CommandGrammar
) -> None:
    own, recorded = Teller(target, grammar).answers(sample(0))
    engine = TargetEngine(target, None, grammar)
    turn = engine.begin(pair.frame(0), Context("go to the ball"), Sampling(), threading.Event())
    while not turn.state.complete:
        turn.verify(turn.version, [])
    engine.close()
    assert own.own
    assert (own.tokens, own.choices) == (turn.state.tokens, turn.state.choices)
    assert not recorded.own
    assert target.tokenizer.text(recorded.tokens) == RECORDED
    assert [recorded.tokens[place] for place in recorded.places] != recorded.choices


def test_likely_tokens_are_allowed_and_led_by_the_choice(
    target: LoadedModel, grammar: CommandGrammar
) -> None:
    for answer in Teller(target, grammar).answers(sample(1)):
        places = list(allowed_places(grammar, answer))
        assert [place for place, _ in places] == answer.places
        for (_, allowed), choice, likely, shares in zip(
            places, answer.choices, answer.likely, answer.shares, strict=True
        ):
            assert likely[0] == choice
            assert set(likely) <= set(allowed.tolist())
            assert shares == sorted(shares, reverse=True)
            assert sum(shares) <= 1.001


def test_one_pass_over_an_answer_makes_the_choices_of_many(
    target: LoadedModel, grammar: CommandGrammar
) -> None:
    with AnswerForward(target, (0, 2)) as forward, torch.inference_mode():
        for answer in Teller(target, grammar).answers(sample(2)):
            prompt = target.prompts.make(sample(2).frame, sample(2).context)
            logits, states = forward.read(prompt, answer)
            masked = logits + allowed_mask(grammar, answer, logits)
            assert masked.argmax(-1).tolist() == answer.choices
            assert {layer: len(state) for layer, state in states.items()} == dict.fromkeys(
                (0, 2), len(answer.places)
            )


def test_a_draft_that_says_the_same_diverges_by_nothing(
    target: LoadedModel, grammar: CommandGrammar
) -> None:
    (own, *_) = Teller(target, grammar).answers(sample(3, ""))
    with AnswerForward(target) as forward, torch.inference_mode():
        prompt = target.prompts.make(sample(3).frame, sample(3).context)
        logits, _ = forward.read(prompt, own)
        same = (logits + allowed_mask(grammar, own, logits)).log_softmax(-1)
        other = (logits.flip(-1) + allowed_mask(grammar, own, logits)).log_softmax(-1)
    assert float(divergence(same, own)) == pytest.approx(0.0, abs=5e-3)
    assert float(divergence(other, own)) > 0.1


@pytest.mark.parametrize("text", ["sit", "order; fly.", "order; sit. "])
def test_what_is_no_command_gives_no_answer(grammar: CommandGrammar, text: str) -> None:
    assert chosen(grammar, text) is None


def answers(path: Path, target: LoadedModel) -> AnswerFile:
    return AnswerFile(path / "answers.jsonl", target.name, target.tokenizer.fingerprint)


def test_answers_are_worked_out_once(
    target: LoadedModel, grammar: CommandGrammar, tmp_path: Path
) -> None:
    samples = [sample(number) for number in range(3)]
    first = answers(tmp_path, target)
    first.add(target, grammar, samples[:2])
    again = answers(tmp_path, target)
    assert again.missing(samples) == samples[2:]
    assert again.of(samples[0]) == first.of(samples[0])


def test_what_is_the_same_is_answered_once_however_often_it_comes(
    target: LoadedModel, grammar: CommandGrammar, tmp_path: Path
) -> None:
    samples = [sample(0), sample(0)]
    first = answers(tmp_path, target)
    first.add(target, grammar, samples)
    again = answers(tmp_path, target)
    assert again.missing(samples) == []
    assert again.of(samples[1]) == first.of(samples[0])
    path = tmp_path / "answers.jsonl"
    header, line = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + line + line)
    assert answers(tmp_path, target).of(samples[0]) == first.of(samples[0])


def test_a_line_that_was_cut_off_is_worked_out_again(
    target: LoadedModel, grammar: CommandGrammar, tmp_path: Path
) -> None:
    samples = [sample(number) for number in range(2)]
    answers(tmp_path, target).add(target, grammar, samples)
    path = tmp_path / "answers.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    again = answers(tmp_path, target)
    assert again.missing(samples) == samples[1:]
    again.add(target, grammar, samples)
    assert path.read_bytes() == whole


def test_answers_of_another_target_are_refused(target: LoadedModel, tmp_path: Path) -> None:
    answers(tmp_path, target)
    with pytest.raises(WrongAnswers, match="--work"):
        AnswerFile(tmp_path / "answers.jsonl", "another", target.tokenizer.fingerprint)
    with pytest.raises(WrongAnswers, match=r"weights not noted.*weights 1a2b.*--work"):
        AnswerFile(
            tmp_path / "answers.jsonl", target.name, target.tokenizer.fingerprint, weights="1a2b"
        )
    (tmp_path / "answers.jsonl").write_text("{}\n")
    with pytest.raises(WrongAnswers, match="no file of answers"):
        answers(tmp_path, target)


def test_an_answer_names_its_sample(target: LoadedModel, grammar: CommandGrammar) -> None:
    found: list[Answer] = Teller(target, grammar).answers(sample(0))
    assert {answer.key for answer in found} == {sample(0).key}
    assert sample(0).key != sample(1).key
