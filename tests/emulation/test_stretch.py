"""A stretched model takes its time, layer by layer, and says the same."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from specedge.commands import Context
from specedge.emulation.stretch import Stretch
from specedge.models.loading import LoadedModel
from specedge.models.sequence import Sequence, SequenceMaker
from tests.decoding import pair


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return pair.load(pair.save_pair(tmp_path_factory.mktemp("pair"))[0])


@pytest.fixture
def stretch(model: LoadedModel) -> Iterator[Stretch]:
    stretch = Stretch(model)
    yield stretch
    stretch.remove()


def start(model: LoadedModel) -> Sequence:
    prompt = model.prompts.make(pair.frame(0), Context("go to the red chair"))
    return SequenceMaker(model).start(prompt)


def test_every_layer_ends_no_earlier_than_its_share(model: LoadedModel, stretch: Stretch) -> None:
    sequence = start(model)
    ended: list[float] = []
    handles = [
        layer.register_forward_hook(lambda *_: ended.append(time.monotonic()))
        for layer in model.layers
    ]
    stretch.set(0.4)
    began = time.monotonic()
    sequence.run([5], [0])
    for handle in handles:
        handle.remove()
    assert len(ended) == pair.LAYERS
    for index, end in enumerate(ended):
        assert end - began >= 0.4 * (index + 1) / pair.LAYERS
    assert stretch.passes == 1


def test_a_hook_that_was_there_before_sees_the_stretched_layer(model: LoadedModel) -> None:
    sequence = start(model)
    seen: list[float] = []
    handle = model.layers[1].register_forward_hook(lambda *_: seen.append(time.monotonic()))
    stretch = Stretch(model)
    stretch.set(0.2)
    began = time.monotonic()
    sequence.run([5], [0])
    handle.remove()
    stretch.remove()
    assert seen[0] - began >= 0.2 * 2 / pair.LAYERS


def test_stretching_changes_no_logit(model: LoadedModel, stretch: Stretch) -> None:
    plain = start(model)
    expected = plain.run([5, 6], [0, 1])
    stretch.set(0.05)
    stretched = start(model)
    assert np.array_equal(stretched.run([5, 6], [0, 1]), expected)


def test_off_is_off_and_the_counts_start_anew(model: LoadedModel, stretch: Stretch) -> None:
    sequence = start(model)
    stretch.set(0.02)
    sequence.run([5], [0])
    assert stretch.passes == 1
    stretch.set(0.0)
    sequence.run([6], [0])
    assert stretch.report() == {
        "passes": 0,
        "overruns": 0,
        "worst": 0.0,
        "excess": 0.0,
    }


def test_a_pass_that_is_too_slow_is_an_overrun(model: LoadedModel, stretch: Stretch) -> None:
    sequence = start(model)
    stretch.set(1e-6)
    sequence.run([5], [0])
    assert stretch.overruns == stretch.passes == 1
    assert stretch.worst > 1e-6
    assert stretch.excess > 1.0


def test_a_time_that_is_none_is_refused(stretch: Stretch) -> None:
    with pytest.raises(ValueError, match="takes some time"):
        stretch.set(-0.1)
