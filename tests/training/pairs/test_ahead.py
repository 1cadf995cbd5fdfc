from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.grammar import CommandGrammar
from specedge.decoding.hints import HintTrie
from specedge.decoding.tree import HintSource
from specedge.models.ahead import AheadHead
from specedge.models.loading import LoadedModel
from specedge.training.ahead_runs import AheadQuality
from specedge.training.pairs.ahead import REPEATS, AheadTraining, train_pair_ahead
from specedge.training.pairs.answers import Asked, Teller
from specedge.training.pairs.loop import Schedule
from specedge.training.pairs.samples import Sample
from specedge.verifier.process import load_engine, load_self_draft
from tests.decoding import pair
from tests.decoding.conftest import folders, target

__all__ = ["folders", "target"]

SCHEDULE = Schedule(epochs=3, accumulate=4, learning_rate=1e-2)
SHORT = Schedule(epochs=1, accumulate=4)
TRAINED_ON = 8


@pytest.fixture(scope="module")
def grammar(target: LoadedModel) -> CommandGrammar:
    return pair.commands(target)


@pytest.fixture(scope="module")
def asked(target: LoadedModel, grammar: CommandGrammar) -> list[Asked]:
    teller = Teller(target, grammar)
    samples = [
        Sample(pair.frame(number), Context("go to the ball"), "", "one")
        for number in range(TRAINED_ON + 2)
    ]
    return [(sample, answer) for sample in samples for answer in teller.answers(sample)]


def training(
    target: LoadedModel,
    grammar: CommandGrammar,
    asked: Sequence[Asked],
    schedule: Schedule = SCHEDULE,
    kind: type[AheadTraining] = AheadTraining,
) -> tuple[AheadHead, AheadTraining]:
    torch.manual_seed(0)
    head = AheadHead(target.lm_head.weight.shape[1], 32)
    learning = kind(target, head, grammar, asked[:TRAINED_ON], asked[TRAINED_ON:], schedule)
    return head, learning


def test_a_head_learns_what_its_target_says_and_leaves_the_target_alone(
    target: LoadedModel,
    grammar: CommandGrammar,
    asked: list[Asked],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = [parameter.clone() for parameter in target.network.parameters()]
    head, learning = training(target, grammar, asked)
    untrained = learning.measure()
    trained = train_pair_ahead(learning, tmp_path / "ahead.pt")
    assert trained.length > untrained.length + 0.2
    assert trained.agreement[0] > untrained.agreement[0] + 0.2
    assert trained.temperature == head.temperature != 1.0
    assert all(map(torch.equal, before, target.network.parameters()))
    said = capsys.readouterr().out
    assert "drafting head, before: {" in said
    assert "drafting head, after: {" in said


class Interrupted(AheadTraining):
    """Ctrl-C at the end of the first epoch."""

    def measure(self) -> AheadQuality:
        raise KeyboardInterrupt


def test_an_interrupted_training_ends_with_the_head_of_a_whole_one(
    target: LoadedModel, grammar: CommandGrammar, asked: list[Asked], tmp_path: Path
) -> None:
    whole, learning = training(target, grammar, asked, SHORT)
    steps = learning.run(tmp_path / "whole.pt")
    _, cut = training(target, grammar, asked, SHORT, Interrupted)
    with pytest.raises(KeyboardInterrupt):
        cut.run(tmp_path / "cut.pt")
    resumed, rest = training(target, grammar, asked, SHORT)
    assert rest.run(tmp_path / "cut.pt") == steps - steps // REPEATS
    assert all(map(torch.equal, resumed.parameters(), whole.parameters()))
    assert rest.run(tmp_path / "cut.pt") == 0


def test_the_verifier_finds_a_head_in_the_folder_of_the_exits(
    folders: tuple[Path, Path], target: LoadedModel, tmp_path: Path
) -> None:
    head = AheadHead(target.lm_head.weight.shape[1], 8)
    head.temperature = 0.01  # not trained, but sure of itself
    head.save(tmp_path)
    engine = load_engine(folders[0], exits=tmp_path)
    turn = engine.begin(pair.frame(0), Context("sit"), Sampling(), threading.Event())
    trie = HintTrie()
    for choice in turn.state.choices:
        trie.advance(choice)
    drafting = load_self_draft(engine, tmp_path)
    assert drafting is not None
    drafting.propose(turn, trie)
    assert set(trie.best(8).sources) == {HintSource.SELF}
    assert load_self_draft(engine) is None
    engine.close()
