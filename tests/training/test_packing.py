from __future__ import annotations

from dataclasses import replace

import pytest

from specedge.models import nano
from specedge.training.packing import IGNORED, Packer, Question

QUESTIONS = [
    Question("red chair", "red chair: left 25 deg, 2.5 m", ends=False),
    Question("goal: go to the blue ball", "blue ball: right 5 deg, 0.6 m; done."),
    Question("green box", "green box: not seen", ends=False),
]


@pytest.mark.parametrize("longest", [40, 50, 60, 70, 80, 1024])
def test_a_row_takes_the_first_questions_that_fit(longest: int) -> None:
    packer = Packer(nano.make_tokenizer(), longest, multiple=1)
    count = packer.fitting(QUESTIONS)
    assert packer.pack([QUESTIONS[:count]]).tokens.shape[1] <= longest
    if count < len(QUESTIONS):
        assert packer.pack([QUESTIONS[: count + 1]]).tokens.shape[1] > longest


def test_labels_are_the_answers() -> None:
    tokenizer = nano.make_tokenizer()
    packed = Packer(tokenizer).pack([QUESTIONS])
    labels = packed.labels[packed.labels != IGNORED]
    said = tokenizer.decode(labels, skip_special_tokens=True)
    assert said == "".join(question.answer for question in QUESTIONS)


def test_what_is_given_of_an_answer_is_read_and_not_learnt() -> None:
    packer = Packer(nano.make_tokenizer(), multiple=1)
    whole = packer.pack([[Question("blue ball", "blue ball: right 5 deg, 0.6 m; done.")]])
    parted = [Question("blue ball", "; done.", given="blue ball: right 5 deg, 0.6 m")]
    packed = packer.pack([parted])
    assert packed.tokens.tolist() == whole.tokens.tolist()
    learnt = packed.labels != IGNORED
    assert learnt.sum() == len(nano.make_tokenizer()("; done.").input_ids) + 1
    assert packed.labels[learnt].tolist() == whole.labels[learnt].tolist()
    assert packer.fitting(parted) == 1


def test_sight_and_actions_of_an_answer_weigh_what_the_question_says() -> None:
    tokenizer = nano.make_tokenizer()
    heavy = replace(QUESTIONS[1], sight_weight=2.0, action_weight=3.0)
    packed = Packer(tokenizer).pack([[QUESTIONS[0], heavy]])
    sight, _, _ = heavy.answer.partition(";")
    actions, seen = len(tokenizer("; done.").input_ids) + 1, len(tokenizer(sight).input_ids)
    asked = packed.labels != IGNORED
    usual = int(asked.sum()) - actions - seen
    assert packed.weights[asked].tolist() == [1.0] * usual + [2.0] * seen + [3.0] * actions
    assert not packed.weights[~asked].any()


def test_a_question_sees_the_frame_and_itself_alone() -> None:
    packer = Packer(nano.make_tokenizer(), multiple=1)
    alone = packer.pack([QUESTIONS[1:2]])
    beside = packer.pack([QUESTIONS])
    own = alone.mask[0, 0, -1].sum()
    start = packer.pack([QUESTIONS[:1]]).tokens.shape[1]
    end = start + alone.tokens.shape[1] - (nano.VISUAL_TOKENS + 2)
    assert beside.mask[0, 0, end - 1].sum() == own
