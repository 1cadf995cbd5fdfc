"""A spoiled draft is right as often as asked, at the same places in every mode."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.draft import DraftEngine
from specedge.emulation.spoil import SpoiledService, frame_key, kept
from specedge.models.loading import LoadedModel
from tests.decoding import pair

CONTEXT = Context("go to the red chair")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedModel, LoadedModel]:
    target, draft = pair.save_pair(tmp_path_factory.mktemp("pair"))
    return pair.load(target), pair.load(draft)


@pytest.fixture
def service(models: tuple[LoadedModel, LoadedModel]) -> Iterator[SpoiledService]:
    draft = models[1]
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        yield SpoiledService(DraftEngine(draft, pair.commands(draft)), socket)


def reference(target: LoadedModel, seed: int) -> list[int]:
    turn = pair.engine(target).begin(pair.frame(seed), CONTEXT, Sampling(), threading.Event())
    while not turn.state.complete:
        turn.verify(turn.version, [])
    return turn.state.choices


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9, 1.0])
def test_the_dice_fall_as_often_as_asked(keep: float) -> None:
    count = 20_000
    right = sum(kept(seed, index, keep) for seed in range(count // 10) for index in range(10))
    # Five standard deviations: with the seeds fixed, this is the same every time anyway.
    assert abs(right - keep * count) <= 5.0 * math.sqrt(count * keep * (1.0 - keep))


@given(st.integers(0, 2**62), st.integers(0, 200), st.floats(0.0, 1.0))
def test_a_position_falls_the_same_however_often_it_is_drafted(
    seed: int, index: int, keep: float
) -> None:
    assert kept(seed, index, keep) == kept(seed, index, keep)


@pytest.mark.parametrize("keep", [0.0, 0.5])
def test_only_what_the_draft_has_right_and_the_dice_leave_is_right(
    models: tuple[LoadedModel, LoadedModel], service: SpoiledService, keep: float
) -> None:
    stood, spoiled = 0, 0
    for seed in range(4):
        frame, sampling = pair.frame(seed), Sampling(seed=seed)
        choices = reference(models[0], seed)
        prefixes = [choices[:index] for index in range(len(choices))]
        service.spoil(1.0, {})
        before = service.expand(service.begin(frame, CONTEXT, sampling), prefixes, 3)
        service.spoil(keep, {frame_key(frame, CONTEXT): choices})
        turn = service.begin(frame, CONTEXT, sampling)
        for index, answer in enumerate(service.expand(turn, prefixes, 3)):
            right = choices[index]
            assert answer
            if before[index][0].token == right and kept(seed, index, keep):
                assert answer == before[index]
                stood += 1
            else:
                assert right not in [drafted.token for drafted in answer]
                spoiled += 1
    assert spoiled > 0
    assert (stood > 0) == (keep > 0.0)


def test_off_the_targets_text_nothing_is_spoiled(
    models: tuple[LoadedModel, LoadedModel], service: SpoiledService
) -> None:
    frame, choices = pair.frame(0), reference(models[0], 0)
    plain = service.begin(frame, CONTEXT, Sampling())
    astray = next(d.token for d in service.expand(plain, [[]], 9)[0] if d.token != choices[0])
    expected = service.expand(plain, [[astray]], 2)
    service.spoil(0.0, {frame_key(frame, CONTEXT): choices})
    turn = service.begin(frame, CONTEXT, Sampling())
    assert service.expand(turn, [[astray]], 2) == expected


def test_a_probability_that_is_none_is_refused(service: SpoiledService) -> None:
    with pytest.raises(ValueError, match="probability"):
        service.spoil(1.2, {})
